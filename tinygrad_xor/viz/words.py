"""What pictures and explanations say, in English and in Russian."""

from __future__ import annotations

_ENGLISH = {
    "data": "data",
    "grad": "grad",
    "leaf": "leaf",
    "parameter": "parameter",
    "constant": "constant",
    "operation": "operation",
    "layer": "layer",
    "output": "output",
    "summary": "summary",
    "width": "neurons in the hidden layer",
    "learned": "networks that learned, %",
    "band": "{seeds} networks for each point; the band is Wilson's 95 % interval",
    "activation": "activation",
    "initializer": "initialisation",
    "bias": "bias starts",
    "optimizer": "optimizer",
    "epochs": "epochs",
    "batch_size": "batch size",
    "task": "task",
    "gradient": "gradient: below zero, zero, above zero",
    "edge": "on an arrow: the local derivative ∂(its end)/∂(its start)",
    "boxes": "a deep box: a layer, with the last numbers computed in it",
    "formula": "g: the gradient of the arrow's end; x, y: its inputs (x′ if another is called x)",
    "forward": "Forward",
    "backward": "Backward",
    "result": "Gradients",
    "parameters": "parameters",
    "start": "where the backward pass starts",
    "no backward": "No backward pass: {name} has shape {shape}, and gradients are of one number. "
    "Reduce it, for example v.sum().",
    "no backward of complex": "No backward pass: {name} is complex, and gradients are of one real "
    "number. Take np.real(v), np.imag(v) or np.abs(v).",
    "no gradient": "no gradient",
    "too many": "{count} operations are too many to explain one by one: {kinds}",
}
_RUSSIAN = {
    "data": "данные",
    "grad": "град.",
    "leaf": "лист",
    "parameter": "параметр",
    "constant": "константа",
    "operation": "операция",
    "layer": "слой",
    "output": "выход",
    "summary": "сводка",
    "width": "нейронов в скрытом слое",
    "learned": "обучившихся сетей, %",
    "band": "по {seeds} сетей на точку; полоса — 95-процентный интервал Уилсона",
    "activation": "активация",
    "initializer": "инициализация",
    "bias": "начальное смещение",
    "optimizer": "оптимизатор",
    "epochs": "эпох",
    "batch_size": "размер пакета",
    "task": "задача",
    "gradient": "градиент: меньше нуля, ноль, больше нуля",
    "edge": "у стрелки: локальная производная ∂(её конец)/∂(её начало)",
    "boxes": "объёмная рамка: слой и последние числа, вычисленные в нём",
    "formula": "g: градиент конца стрелки; x, y: его входы (x′, если другой назван x)",
    "forward": "Прямой проход",
    "backward": "Обратный проход",
    "result": "Градиенты",
    "parameters": "параметров",
    "start": "отсюда начинается обратный проход",
    "no backward": "Обратного прохода нет: у {name} форма {shape}, а градиент берут от одного "
    "числа. Сверните его, например v.sum().",
    "no backward of complex": "Обратного прохода нет: {name} — комплексное число, а градиент берут "
    "от одного вещественного. Возьмите np.real(v), np.imag(v) или np.abs(v).",
    "no gradient": "градиента нет",
    "too many": "{count} операций — слишком много, чтобы объяснять каждую: {kinds}",
}
_LANGUAGES = {"en": _ENGLISH, "ru": _RUSSIAN}


def words(lang: str) -> dict[str, str]:
    """The words of a language.

    Raises:
        ValueError: if there is no such language.

    >>> words("ru")["leaf"]
    'лист'
    """
    if lang not in _LANGUAGES:
        raise ValueError(f"there is no lang={lang!r}: there are {', '.join(_LANGUAGES)}")
    return _LANGUAGES[lang]
