"""What ``tinygrad-xor atlas`` says, in English and in Russian: headings, rows, explanations."""

from __future__ import annotations

from collections.abc import Iterable

from tinygrad_xor.atlas import Atlas, Counts, Setting, wilson

_ENGLISH = {
    "setting": "{task}, 2 → width → 1: {activation}, {initializer}, bias {bias}; {optimizer} "
    "{lr:g}, batch size {batch_size}; {seeds} networks for each row",
    "columns": "width epochs learned 95_%_interval sure stuck blind dead twins flat",
    "explained": "sure: learned, and every prediction is within 0.1 of its target\n"
    "stuck: did not learn; of these\n"
    "  blind: no output neuron could answer all four with this hidden layer\n"
    "  dead: have a dead ReLU, 0 for all four inputs\n"
    "  twins: have a neuron that repeats another one (correlation above 0.999 in size)\n"
    "  flat: have a saturated neuron, its slope below a tenth of the greatest for all inputs",
    "diverged": "networks that diverged, to NaN or infinity: {count}. Lower the learning rate",
    "always": "learned every time, so in {low:.1f} % of runs at least:{which}",
    "never all": "in no setting did every network learn",
    "width": "width {widths}",
    "interrupted": "interrupted: {done} of {all} settings are measured, and kept",
    "again": "the same command goes on from there",
    "known": "{count} of {all} settings were measured before and are not measured again",
    "written": "files: {files}",
    "bar": "{activation}, width {width}",
}
_RUSSIAN = {
    "setting": "{task}, 2 → ширина → 1: {activation}, {initializer}, смещения {bias}; {optimizer} "
    "{lr:g}, размер пакета {batch_size}; сетей в каждой строке: {seeds}",
    "columns": "ширина эпох обучились 95_%_интервал уверенно застряли слепые мёртвые двойники "
    "плоские",
    "explained": "уверенно: обучились, и каждый ответ отличается от верного меньше чем на 0.1\n"
    "застряли: не обучились; из них\n"
    "  слепые: с таким скрытым слоем никакой выходной нейрон не ответит верно на все четыре "
    "примера\n"
    "  мёртвые: есть мёртвый ReLU, то есть 0 на всех четырёх входах\n"
    "  двойники: есть нейрон, который повторяет другой (корреляция по модулю больше 0.999)\n"
    "  плоские: есть насыщенный нейрон, у которого наклон на всех входах меньше десятой доли "
    "наибольшего",
    "diverged": "сетей, обучение которых разошлось (NaN или бесконечность): {count}. Уменьшите "
    "скорость обучения",
    "always": "обучились все сети, то есть не меньше {low:.1f} % запусков:{which}",
    "never all": "ни при каких из этих настроек не обучились все сети",
    "width": "ширина {widths}",
    "interrupted": "прервано: измерено настроек {done} из {all}, результаты сохранены",
    "again": "та же команда продолжит с этого места",
    "known": "настроек {count} из {all} измерены раньше и не измеряются заново",
    "written": "файлы: {files}",
    "bar": "{activation}, ширина {width}",
}
_LANGUAGES = {"en": _ENGLISH, "ru": _RUSSIAN}


class AtlasText:
    """The lines of the command in one language."""

    def __init__(self, lang: str) -> None:
        self._say = _LANGUAGES[lang]
        self._columns = [name.replace("_", " ") for name in self._say["columns"].split()]

    def heading(self, setting: Setting, seeds: int) -> str:
        """What the rows below have in common, and the names of the columns."""
        shown = vars(setting) | {"task": setting.task.upper(), "seeds": seeds}
        names = "  ".join(
            name.rjust(w) for name, w in zip(self._columns, self._widths(), strict=True)
        )
        return f"{self._say['setting'].format(**shown)}\n\n{names}"

    def row(self, setting: Setting, counts: Counts) -> str:
        """The counts of one setting."""
        low, high = (100 * end for end in counts.interval)
        cells = [
            setting.width,
            setting.epochs,
            f"{100 * counts.share:.1f} %",
            f"{low:.1f} – {high:.1f}",
            f"{100 * counts.sure / counts.seeds:.1f} %",
            counts.seeds - counts.learned,
            counts.blind,
            counts.with_dead,
            counts.with_duplicates,
            counts.with_saturated,
        ]
        return "  ".join(str(c).rjust(w) for c, w in zip(cells, self._widths(), strict=True))

    def _widths(self) -> list[int]:
        needed = [3, 5, 7, 13, 7, 5, 4, 4, 4, 4]
        return [max(len(name), n) for name, n in zip(self._columns, needed, strict=True)]

    def summary(self, atlas: Atlas) -> str:
        """What the columns mean, and which settings learned every time."""
        lines = [self._say["explained"], ""]
        if diverged := sum(counts.diverged for counts in atlas.values()):
            lines.append(self._say["diverged"].format(count=diverged))
        always = {s: counts.seeds for s, counts in atlas.items() if counts.learned == counts.seeds}
        if not always:
            lines.append(self._say["never all"])
        else:
            fewest = min(always.values())
            which = "".join(f"\n  {line}" for line in self._in_words(always, among=atlas))
            low = 100 * wilson(fewest, fewest)[0]
            lines.append(self._say["always"].format(low=low, which=which))
        return "\n".join(lines)

    def _in_words(self, settings: Iterable[Setting], among: Iterable[Setting]) -> list[str]:
        """The widths of each combination of the rest; what all have in common is not said."""
        values = [vars(s) | {"width": None} for s in among]
        varied = [name for name in values[0] if len({v[name] for v in values}) > 1]
        widths: dict[tuple[object, ...], list[int]] = {}
        for s in settings:
            widths.setdefault(tuple(vars(s)[name] for name in varied), []).append(s.width)
        return [
            self._say["width"].format(widths=", ".join(map(str, sorted(set(found)))))
            + "".join(f", {name} {value}" for name, value in zip(varied, rest, strict=True))
            for rest, found in widths.items()
        ]

    def bar(self, setting: Setting) -> str:
        """What is being trained, beside the progress bar."""
        return self._say["bar"].format(**vars(setting))

    def known(self, count: int, of: int) -> str:
        """How many settings need no measuring."""
        return self._say["known"].format(count=count, all=of)

    def interrupted(self, done: int, of: int) -> str:
        """How far it came before Ctrl-C."""
        return f"{self._say['interrupted'].format(done=done, all=of)}; {self._say['again']}"

    def written(self, files: Iterable[object]) -> str:
        """Where the table and the picture are."""
        return self._say["written"].format(files=", ".join(map(str, files)))
