# %% [markdown]
# # Урок 4. Когда сеть не учится
#
# В ноутбуке курса, к главе 1, говорится, что с четырьмя скрытыми нейронами сеть выучивает XOR примерно в
# 60 % запусков, а с шестью — примерно в 90 %. Так ли это? Почему не всегда? И что надо изменить, чтобы было 100 %? Измерим,
# рассмотрим застрявшие сети и исправим их.
#
# Примерно 35 минут. Чтобы выполнить ячейку, щёлкните по ней и нажмите Shift + Enter. Выполняйте
# ячейки по порядку.

# %%
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.neural_network import MLPClassifier

from tinygrad_xor.atlas import Setting, like, measure, measured, stuck, wilson
from tinygrad_xor.course import check
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.ensembles import Ensemble, train_together
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.snapshots import Snapshots
from tinygrad_xor.training import train
from tinygrad_xor.viz import explore, paint_decision
from tinygrad_xor.viz.explorer import Run

# %% [markdown]
# ## 1. Сразу двести сетей
#
# Один запуск ничего не доказывает: веса вначале случайны, это как бросок кубика. Обучим 200 сетей с четырьмя
# скрытыми нейронами и 200 с шестью, каждую со своим зерном (`seed`), и сосчитаем. `Ensemble` (ансамбль) обучает их
# рядом, и каждая выучивает ровно то же, что выучила бы одна. (Настройки — как в ноутбуке курса: ReLU, Adam, 2000 эпох,
# по одному примеру.)

# %%
X, y = truth_table("xor")
loss = BinaryCrossentropy()


def train_many(members, lr=0.001, epochs=2000, batch_size=1):
    """Обучить сети вместе; вернуть их и то, какие из них научились XOR."""
    together = Ensemble(members)
    optimizer, seeds = Adam(together.parameters(), lr=lr), range(len(members))
    options = {"epochs": epochs, "batch_size": batch_size}
    train_together(together, X, y, seeds=seeds, loss=loss, optimizer=optimizer, **options)
    return together, ((together.predict(X) > 0.5) == (y > 0.5)).all(axis=(1, 2))


results = {}
for width, chapter in ((4, 60), (6, 90)):
    networks = [Setting(width=width).network(seed) for seed in range(200)]
    together, learned = results[width] = train_many(networks)
    low, high = wilson(learned.sum(), 200)
    print(
        f"нейронов {width}: научились {learned.sum()} из 200, {100 * learned.mean():.1f} %,"
        f" от {100 * low:.1f} до {100 * high:.1f} % (ноутбук курса: {chapter} %)"
    )

# %% [markdown]
# ## 2. Насколько мы уверены?
#
# Что значит «от … до …»? Если обучить 200 *других* сетей, получится другое число. **Истинная доля** — это то,
# что получилось бы с бесконечно многими сетями. Мы её не знаем, но *95-процентный интервал* устроен так: из
# ста человек, которые проведут такое измерение, примерно у 95 истинная доля окажется внутри их интервала.
# Функция `wilson` собирает в него все доли, при которых наше число удач было бы обычным, а не редким
# (редкое — то, что выпадает реже пяти раз из ста); этот способ придумал Э. Уилсон. Вот как интервал сужается, пока мы одну за другой считаем сети с четырьмя нейронами:

# %%
learned = results[4][1]
counts = np.arange(1, 201)
successes = np.cumsum(learned)
low, high = np.transpose([wilson(s, n) for s, n in zip(successes.tolist(), counts.tolist())])

atlas = measured()
stored = atlas[Setting(width=4)]
figure, panel = plt.subplots(figsize=(9, 3.2))
panel.fill_between(counts, 100 * low, 100 * high, alpha=0.25, label="95-процентный интервал")
panel.plot(counts, 100 * successes / counts, label="доля научившихся")
panel.axhline(60, color="gray", linestyle=":", label="ноутбук курса: 60 %")
panel.axhline(100 * stored.share, color="black", linestyle="--", label="из 1000")
panel.set(xlabel="сколько сетей сосчитано", ylabel="%", ylim=(0, 100))
panel.legend(loc="lower right", ncols=2)
figure.tight_layout()

for width in (4, 6):
    stored = atlas[Setting(width=width)]
    low, high = (100 * x for x in stored.interval)
    print(
        f"нейронов {width}, сетей {stored.seeds}: {100 * stored.share:.1f} % (от {low:.1f} до {high:.1f})"
    )

# %% [markdown]
# После десяти сетей интервал так широк, что в него помещается почти всё. Если сетей в четыре раза больше, он
# вдвое уже. `measured()` — это **атлас**, который поставляется вместе с пакетом: по 1000 сетей на каждую
# настройку.
#
# Итак: о четырёх нейронах ноутбук курса говорит почти верно (её 60 % — чуть выше интервала), а для шести 90 % — слишком
# много: в атласе 78 %. Ничего обидного в этом нет. Кто насчитал девять удач в *десяти* запусках, у того
# интервал от 60 до 98 %.
#
# ## 3. Атлас
#
# А если нейронов другое число, а функция активации другая? Всё это из атласа: каждая точка — 1000 сетей,
# полосы — интервалы.

# %%
figure, panel = plt.subplots(figsize=(9, 3.6))
for activation in ("relu", "leaky_relu", "tanh", "sigmoid"):
    widths = range(2, 17)
    found = [atlas[Setting(width=width, activation=activation)] for width in widths]
    (line,) = panel.plot(widths, [100 * f.share for f in found], "o-", label=activation)
    low, high = 100 * np.transpose([f.interval for f in found])
    panel.fill_between(widths, low, high, color=line.get_color(), alpha=0.25)
panel.set(xlabel="скрытых нейронов", ylabel="научились, %", ylim=(-3, 103))
panel.legend()
figure.tight_layout()

# %% [markdown]
# (Команда `tinygrad-xor atlas` в терминале делает такие таблицы и рисунки для ваших собственных настроек.)
#
# Больше нейронов — всегда лучше, только не у сигмоиды. Теперь вопрос: *что происходит* в сети, которая не учится?
#
# ## 4. Застряла: мёртвые нейроны
#
# Вот четыре сети с четырьмя нейронами, которые не научились. Нейрон ReLU, который для всех четырёх строк даёт
# 0, **мёртв**: его наклон везде 0, и ни один шаг его больше не сдвинет.

# %%
together, learned = results[4]
hidden = together.outputs(X)[0]  # (200 сетей, 4 строки, 4 нейрона)
dead = (hidden == 0).all(axis=1).sum(axis=1)

figure, panels = plt.subplots(1, 4, figsize=(11, 3.1), sharey=True)
for panel, seed in zip(panels, np.flatnonzero(~learned)):
    model = Setting(width=4).network(0)
    model.set_weights(together.weights_of(seed))
    paint_decision(panel, model.predict, X, y)
    panel.set_title(f"зерно {seed}: мёртвых {dead[seed]} из 4")
figure.tight_layout()

# %%
for number in range(5):
    group = dead == number
    print(f"мёртвых {number}: научились {learned[group].sum():3} из {group.sum():3}")

# margin: насколько лучший возможный выходной нейрон отделил бы ответы 1 от ответов 0
blind = stuck.margin(hidden, y) < stuck.BLIND
print(f"из {np.sum(~learned)} застрявших сетей слепы {np.sum(blind & ~learned)}")

# %% [markdown]
# Теперь видно:
#
# - Для XOR достаточно двух нейронов (урок 2), так что двое могут и умереть. Но **чем больше мёртвых, тем реже
#   удача**, а с одним живым не научилась ни одна сеть. Лишние нейроны — запасные колёса, поэтому и помогает
#   ширина.
# - **Слепа** сеть, у которой скрытый слой отвечает одинаково на строки с разными ответами или смешивает их так,
#   что *никакой* выходной нейрон их не различит. Здесь не помогут и новые эпохи. Слепы почти все застрявшие
#   сети, и лишь немногие просто медленны.
#
# Отчего нейроны умирают? Смещение ReLU вначале равно 0, поэтому для (0, 0) нейрон даёт 0, и веса решают только
# о трёх строках. Если оба веса отрицательны, нейрон мёртв с самого начала: таков каждый четвёртый. Других
# сталкивают первые шаги обучения.
#
# Посмотрите на такую сеть в интерактивном разборе: на странице, которую пишет следующая ячейка, обучение застрявшей сети
# стоит рядом с обучением той, что научилась. Выберите «Обучение», двигайте ползунок и
# смотрите, где умирают нейроны. (Как открыть
# страницу — в уроке 2.)


# %%
def recorded(seed):
    """Одна сеть, обученная отдельно так же, как в ансамбле, и её снимки."""
    model = Setting(width=4).network(seed)
    snapshots = Snapshots(model, keep=80)
    optimizer = Adam(model.parameters(), lr=0.001)
    options = {"epochs": 2000, "batch_size": 1, "seed": seed, "on_epoch": snapshots}
    train(model, X, y, loss=loss, optimizer=optimizer, **options)
    return model, snapshots


bad, good = np.flatnonzero(~learned)[0], np.flatnonzero(learned)[0]
(stuck_model, stuck_run), (good_model, good_run) = recorded(int(bad)), recorded(int(good))
print("как в ансамбле:", np.allclose(stuck_model.predict(X), together.predict(X)[bad]))

beside = Run(f"зерно {good}", good_model, X, y, good_run)
page = explore(stuck_model, X, y, stuck_run, others=[beside], name=f"зерно {bad}", lang="ru")
print(page.save("stuck.html"))

# %% [markdown]
# ## 5. Застряла: симметричные веса
#
# А зачем вообще начинать со случайных весов? Попробуем начать всюду с одного и того же числа:


# %%
def all_half(random, shape):
    return np.full(shape, 0.5)


same = Sequential(
    [
        Dense(4, "tanh", input_dim=2, kernel_initializer=all_half),
        Dense(1, "sigmoid", kernel_initializer=all_half),
    ],
    seed=0,
)
same.compile(loss="binary_crossentropy", optimizer=Adam(learning_rate=0.01))
same.fit(X, y, batch_size=4, epochs=500, verbose=0)
print("веса четырёх скрытых нейронов, по столбцу на нейрон:")
print(same.get_weights()[0].round(3))
print("ответы:", same.predict(X).ravel().round(2))

# %% [markdown]
# Все четыре столбца одинаковы — и после 500 эпох. Одинаковые нейроны получают одинаковые градиенты и потому
# остаются одинаковыми навсегда: четыре нейрона стоят не больше одного. **Случай нарушает симметрию.** В мягкой
# форме это бывает и само собой: два нейрона говорят одно и то же.
#
# ## 6. Застряла: насыщение
#
# Тогда взять большие случайные веса? Вдали от нуля tanh почти горизонтален, а где нет наклона, там обучение
# стоит на месте. Такой нейрон называют **насыщенным**. По 200 сетей с четырьмя нейронами tanh для каждого
# размера первых весов и смещений (500 эпох, скорость обучения 0,01, все четыре строки в одном пакете):

# %%
for size in (1, 3, 10, 30):

    def between(random, shape, size=size):
        return random.uniform(-size, size, shape)

    networks = []
    for seed in range(200):
        first = Dense(4, "tanh", input_dim=2, kernel_initializer=between, bias_initializer=between)
        networks.append(Sequential([first, Dense(1, "sigmoid")], seed=seed))
    flat = stuck.saturated(Ensemble(networks).outputs(X)[0], "tanh").mean()
    fine = train_many(networks, lr=0.01, epochs=500, batch_size=4)[1]
    print(
        f"веса в пределах ±{size:2}: в начале насыщены {100 * flat:3.0f} % нейронов,"
        f" научились {100 * fine.mean():3.0f} % сетей"
    )

# %% [markdown]
# Не слишком малые и не слишком большие: для этого и нужны *инициализаторы* — например, `glorot_uniform`, который
# `Dense` использует сам.
#
# ## 7. Что даёт 100 %
#
# Все средства — из атласа:

# %%
remedies = {
    "как в курсе: 4 ReLU": Setting(width=4),
    "16 ReLU": Setting(width=16),
    "4 ReLU, смещения вначале 0,1": Setting(width=4, bias="positive"),
    "14 ReLU, смещения вначале 0,1": Setting(width=14, bias="positive"),
    "11 leaky ReLU": Setting(width=11, activation="leaky_relu"),
    "7 tanh": Setting(width=7, activation="tanh"),
    "6 сигмоид, скорость 0,01": Setting(width=6, activation="sigmoid", lr=0.01),
}
for name, setting in remedies.items():
    found = atlas[setting]
    low, high = (100 * x for x in found.interval)
    print(f"{name:32} {found.learned:4} из {found.seeds} (от {low:.1f} до {high:.1f} %)")

# %% [markdown]
# - **Смещения 0,1 вначале** помогают ReLU больше всего и ничего не стоят: меньше нейронов мертвы с самого
#   начала. С четырьмя нейронами вместо 55 % выходит 87 %, с 14 — 1000 из 1000. (А 16 нейронов со смещениями
#   0 всё ещё терпят неудачу в 3 случаях из 1000.)
# - **Leaky ReLU** («ReLU с утечкой») ниже нуля немного пропускает (здесь наклон 0,01), поэтому нейрон может
#   ожить.
# - **tanh** не может умереть: его наклон никогда не равен 0 в точности. Семь нейронов — 1000 из 1000.
# - А **сигмоида**, на рисунке такая безнадёжная? Если скорость обучения в десять раз больше, у шести
#   нейронов тоже 1000 из 1000. Она не застряла, она просто *медленная*.
# - Что почти *не* помогло: другой оптимизатор или другая скорость обучения. С четырьмя ReLU у SGD с импульсом и
#   без него, у RMSprop и у Adam с вдесятеро большей скоростью — всё те же 55–60 %. Мёртвого не оживить.
#
# И «1000 из 1000» не доказывает, что так будет «всегда»: интервал начинается с 99,6 %.
#
# ## 8. А в другой библиотеке?
#
# Каждая библиотека выбирает начальные веса по-своему. `like("torch")` — это наша сеть, но с начальными весами,
# шагом обучения, пакетом и числом эпох, которые берёт PyTorch, если ничего не указать. Прежде чем выполнить
# ячейку, догадайтесь: где доля больше? Лучше ли смещениям начинать с 0? Спасут ли застрявших лишние 18 000
# эпох? И что даст сигмоидам пакет из всех четырёх строк вместо одной?

# %%
frameworks = {
    "PyTorch": like("torch"),
    "PyTorch, смещения вначале 0": like("torch", bias="zeros"),
    "PyTorch, эпох 20 000": like("torch", epochs=20000),
    "Keras": like("keras"),
    "scikit-learn": like("sklearn"),
    "PyTorch, сигмоиды, пакет 1": like("torch", activation="sigmoid", batch_size=1),
    "PyTorch, сигмоиды, пакет 4": like("torch", activation="sigmoid", batch_size=4),
    "рецепт 1986 года": like("1986"),
}
for name, setting in frameworks.items():
    (found,) = measure(setting, seeds=400).values()
    low, high = (100 * x for x in found.interval)
    neurons = f"{setting.width} {setting.activation}"
    print(f"{name:28} {neurons:10} {100 * found.share:3.0f} % (от {low:.0f} до {high:.0f})")

# %% [markdown]
# - Смещения, равные 0, делают ReLU *хуже*: в (0, 0) тогда лежит излом каждого нейрона. (С 1000 сетей разница
#   8–13 процентных пунктов; здесь интервалы ещё могут касаться друг друга.)
# - Вдесятеро больше эпох не спасли никого: мёртвый ReLU остаётся мёртвым.
# - Четыре сигмоиды, по одному примеру в шаге, почти не учатся, а со всеми четырьмя сразу — учатся чаще, чем
#   четыре ReLU: дело было не в сигмоиде.
# - Рецепт 1986 года с *двумя* нейронами удачливее, чем все они с четырьмя.
# - А scikit-learn просто рано останавливается: 200 проходов здесь мало.
#
# Измените что-нибудь сами: ширину (`width=8`), скорость (`lr=0.01`), функцию активации. Таблица всех
# библиотек — на странице `examples/frameworks.md` в репозитории пакета. То же можно делать мышью: вкладка
# «Обучить здесь» на странице интерактивного разбора, кнопка «Обучить с 200 зёрнами».

# %% [markdown]
# И последнее. Сам scikit-learn, если вышли все 200 проходов, а потери ещё уменьшались, предупреждает:
# `ConvergenceWarning`, «не сошлось». Обучим 40 его сетей с восемью нейронами. Догадайтесь заранее: какие из
# них выучили XOR — те, о которых он предупреждает, или те, о которых молчит?

# %%
ends = {}
for seed in range(40):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model = MLPClassifier((8,), random_state=seed).fit(X, y.ravel())
    right = "верно" if (model.predict(X) == y.ravel()).all() else "неверно"
    end = right + (", с предупреждением" if said else ", молча")
    ends[end] = ends.get(end, 0) + 1
for end, count in sorted(ends.items()):
    print(f"{end}: {count}")

# %% [markdown]
# Все, кто выучил XOR, — с предупреждением: они ещё учились, когда проходы кончились. А молчит он о тех,
# кто застрял: потери перестали уменьшаться, и с его точки зрения всё в порядке. Предупреждение говорит «не
# кончили», а не «неверно».
#
# ## Упражнения
#
# Впишите свой ответ в ячейку и выполните её: она скажет, верно ли это и на что посмотреть.
#
# **4.1.** Все $n$ сетей из $n$ научились. При каком наименьшем $n$ интервал начинается не ниже 99 %?
# Пробуйте `wilson(n, n)`.

# %%
n = 100
check("4.1", n, lang="ru")

# %% [markdown]
# <details><summary><b>Решение</b></summary>
#
#     n = 381
#
# </details>
#
# **4.2.** Дайте нейрону ReLU такие веса и смещение, чтобы он был мёртв для всех четырёх строк (но не
# все веса равны 0).

# %%
w1, w2, bias = 1.0, 1.0, 0.0
check("4.2", (w1, w2, bias), lang="ru")

# %% [markdown]
# <details><summary><b>Решение</b></summary>
#
#     w1, w2, bias = -1.0, -1.0, 0.0
#
# </details>
#
# ## Вопрос
#
# Подруга обучила пять сетей с четырьмя нейронами ReLU. Все пять выучили XOR, и она говорит: «Четырёх нейронов
# всегда достаточно». Что вы ответите? Насколько вероятны пять удач в пяти запусках, если истинная доля — 55 %?
#
# <details><summary><b>Ответ</b></summary>
#
# $0{,}55^5 \approx 0{,}05$: так будет у одного из двадцати, кто сделает пять запусков. Это даже не редкость.
# Интервал для 5 из 5 — от 57 до 100 % (`wilson(5, 5)`): пять запусков говорят «наверное, больше половины» — и
# только. Чтобы надёжно отличить 55 % от 60 %, нужна примерно тысяча.
#
# </details>
#
# ## Попробуйте изменить
#
# - В новой ячейке: `train_many([Setting(width=8).network(seed) for seed in range(200)])[1].sum()`, потом с
#   `width=2`. Чего ждать: 175 и 40 из 200, как на кривой в разделе 3.
# - В разделе 5 возьмите `"relu"` вместо `"tanh"`. Чего ждать: четыре столбца по-прежнему одинаковы. А с
#   `np.zeros(shape)` веса так и останутся нулями: все градиенты равны 0, сдвинуть некуда.
# - В разделе 7 посмотрите `atlas[Setting(width=4, bias="uniform")]`. Чего ждать: 676 из 1000, больше, чем с
#   нулями (562), но меньше, чем с 0,1 (870). Всего настроек `len(atlas)`, 1088.
# - В разделе 4 вместо застрявших покажите `np.flatnonzero(learned)`. Чего ждать: полосы у всех похожи, а
#   способов много — около 70 разных раскладов того, какой нейрон в каком углу молчит.
#
# ## Источники
#
# - E. Wilson, *Probable inference, the law of succession, and statistical inference*, 1927: этот интервал;
#   L. Brown, T. Cai, A. DasGupta, *Interval estimation for a binomial proportion*, 2001: почему именно он.
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*,
#   2010: насыщение и размер начальных весов.
# - L. Lu, Y. Shin, Y. Su, G. Karniadakis, *Dying ReLU and initialization*, 2019:
#   <https://arxiv.org/abs/1903.06733>
# - A. Maas, A. Hannun, A. Ng, *Rectifier nonlinearities improve neural network acoustic models*, 2013:
#   leaky ReLU.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press 2016 (по-русски: «Глубокое
#   обучение»), разделы 6.3.1 и 8.4: <https://www.deeplearningbook.org>
#
# Дальше: урок 5, предобученная и дообученная сеть.
