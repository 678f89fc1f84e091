# %% [markdown]
# # Урок 5. Предобученная и дообученная сеть
#
# В главе 1 сказано: большую сеть дома не обучить, поэтому разработчики выкладывают *предварительно
# обученные* сети, а пользователи *дообучают* их на своей задаче. Что лежит в таком файле? Когда это помогает
# и насколько? Наша сеть мала, поэтому всё это можно увидеть и измерить.
#
# Примерно 30 минут. Чтобы выполнить ячейку, щёлкните по ней и нажмите Shift + Enter. Выполняйте
# ячейки по порядку.

# %%
import matplotlib.pyplot as plt
import numpy as np

from tinygrad_xor.atlas import wilson
from tinygrad_xor.course import check
from tinygrad_xor.datasets import truth_table, two_moons
from tinygrad_xor.ensembles import Ensemble, train_together
from tinygrad_xor.nn import BinaryCrossentropy, Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.viz import paint_decision

# %% [markdown]
# ## 1. Обучить, сохранить, загрузить
#
# У кого-то много данных — 500 точек двух лун, и он обучает на них сеть:


# %%
def network(seed):
    model = Sequential(seed=seed)
    model.add(Dense(32, activation="relu", input_dim=2))
    model.add(Dense(32, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(
        loss="binary_crossentropy", optimizer=Adam(learning_rate=0.01), metrics=["accuracy"]
    )
    return model


X, y = two_moons(500, noise=0.15)
model = network(seed=0)
model.fit(X, y, epochs=30, verbose=0)
path = model.save("moons.npz")
print(f"{path}: {path.stat().st_size} байт, параметров {model.count_parameters()}")

# %% [markdown]
# В файле — названия слоёв и 1185 чисел, и ещё по два числа на каждое из них, которые нужны оптимизатору
# Adam, чтобы продолжить. Больше ничего: **предобученная сеть — это таблица чисел.** Файл большой сети
# выглядит так же, только чисел в нём больше: у GPT-3 — 175 миллиардов. У того, кто загрузит файл, будет та же самая сеть:

# %%
loaded = Sequential.load("moons.npz")
print("ответы те же:", np.array_equal(loaded.predict(X), model.predict(X)))
for weights in loaded.get_weights():
    print(weights.shape)

# %% [markdown]
# ## 2. Новая задача и всего десять примеров
#
# Теперь вы — кто-то другой. Ваши луны повёрнуты на 30 градусов, и учиться можно только на **десяти**
# точках (ещё тысяча — для проверки). Есть три пути: взять сеть как есть; обучить свою с нуля; загрузить
# предобученную и учить её дальше на своих десяти точках.


# %%
def turned(points, degrees):
    """Точки, повёрнутые вокруг середины лун."""
    angle, middle = np.deg2rad(degrees), np.array([0.5, 0.25])
    turn = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return (points - middle) @ turn + middle


X_new, y_new = two_moons(10, noise=0.15, seed=20)
X_test, y_test = two_moons(1000, noise=0.15, seed=21)
X_new, X_test = turned(X_new, 30), turned(X_test, 30)

scratch, tuned = network(seed=1), Sequential.load("moons.npz")
ways = {"как есть": loaded, "с нуля": scratch, "дообучена": tuned}
scratch.fit(X_new, y_new, epochs=20, batch_size=8, verbose=0)
tuned.fit(X_new, y_new, epochs=20, batch_size=8, verbose=0)

figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.5))
for panel, (name, way) in zip(panels, ways.items()):
    paint_decision(panel, way.predict, X_test[:200], y_test[:200])
    panel.plot(*X_new.T, "o", markersize=9, fillstyle="none", color="black")
    panel.set_title(f"{name}: верно {100 * way.evaluate(X_test, y_test)[1]:.1f} %")
figure.tight_layout()

# %% [markdown]
# Десять точек для обучения обведены. Предобученная сеть уже знает, какие бывают луны: ей остаётся лишь
# немного повернуть границу. Другая проводит самую простую границу, которая подходит к десяти точкам.
#
# ## 3. Заморозка
#
# Дообучением можно и навредить: десять примеров тянут сразу за все 1185 чисел. Поэтому первые слои часто
# **замораживают**, и учатся только последние:

# %%
frozen = Sequential.load("moons.npz")
frozen.layers[0].trainable = False
before = frozen.get_weights()
frozen.fit(X_new, y_new, epochs=20, batch_size=8, verbose=0)
for old, new in zip(before, frozen.get_weights()):
    print(f"{old.shape!s:9} сдвиг не больше {np.abs(new - old).max():.3f}")
print(f"верно {100 * frozen.evaluate(X_test, y_test)[1]:.1f} %")

# %% [markdown]
# Веса и смещения первого слоя не сдвинулись вовсе. Здесь заморозка и не нужна, и не вредит. У больших
# сетей она к тому же экономит время и память: для замороженных слоёв градиенты не вычисляются.
#
# ## 4. Измеряем
#
# Один запуск ничего не доказывает (урок 4). Поэтому возьмём пять зёрен (`seed`), для каждого — свои данные; от 10
# до 100 примеров; и новые луны, повёрнутые на 30 градусов (это близко к старой задаче) или на 90 (это
# далеко).


# %%
sizes = [10, 20, 50, 100]


def measure(degrees, seeds=5):
    """Доля верных ответов на 1000 точек для каждого пути, зерна и числа примеров."""
    names = "с нуля", "дообучена", "заморожена"
    right = {name: np.zeros((seeds, len(sizes))) for name in names}
    for seed in range(seeds):
        pretrained = network(seed)
        pretrained.fit(*two_moons(500, noise=0.15, seed=seed), epochs=30, verbose=0)
        X_test, y_test = two_moons(1000, noise=0.15, seed=1000 + seed)
        for column, size in enumerate(sizes):
            X, y = two_moons(size, noise=0.15, seed=2000 + seed)
            for name in names:
                way = network(seed + 100)
                if name != "с нуля":
                    way.set_weights(pretrained.get_weights())
                if name == "заморожена":
                    way.layers[0].trainable = False
                way.fit(turned(X, degrees), y, epochs=20, batch_size=8, verbose=0)
                right[name][seed, column] = way.evaluate(turned(X_test, degrees), y_test)[1]
    return right


figure, panels = plt.subplots(1, 2, figsize=(11, 3.3), sharey=True)
for panel, degrees in zip(panels, (30, 90)):
    for name, right in measure(degrees).items():
        (line,) = panel.plot(sizes, 100 * right.mean(axis=0), "o-", label=name)
        low, high = 100 * right.min(axis=0), 100 * right.max(axis=0)
        panel.fill_between(sizes, low, high, color=line.get_color(), alpha=0.15)
        print(f"{degrees}°  {name:10}", (100 * right.mean(axis=0)).round(1))
    panel.set(title=f"поворот на {degrees}°", xlabel="примеров новой задачи", ylim=(40, 101))
panels[0].set_ylabel("верно, %")
panels[1].legend(loc="lower right")
figure.tight_layout()

# %% [markdown]
# «Заморожена» — это дообучена с замороженным первым слоем. Линия — среднее, полоса — от худшего до лучшего из пяти.
#
# - **Близкая задача**: дообученная на десяти примерах сеть лучше, чем обученная с нуля на пятидесяти. Об
#   этом и говорит глава. Экономятся и эпохи: на 20 примерах у сети с нуля было 90 % верных ответов после
#   20 эпох и 97 % после 100, а у дообученной 97 % — уже после 5 (средние по шести зёрнам).
# - **Далёкая задача**: здесь предобученная сеть *хуже* обученной с нуля. Она уверена в неверном и сначала
#   должна от этого отучиться. С заморозкой это ещё труднее.
#
# ## 5. Как часто это удаётся? Из XOR — XNOR
#
# Из уроков 2 и 4: пять нейронов ReLU не всегда могут научиться XOR. XNOR — всё наоборот: 1, 0, 0, 1. Поможет
# ли то, что сеть уже выучила XOR? Обучим сразу 200 сетей, каждую со своим зерном, оставим те, что научились
# XOR, и дадим им XNOR тремя способами.


# %%
def small(seed):
    return Sequential([Dense(5, "relu", input_dim=2), Dense(1, "sigmoid")], seed=seed)


def learn(members, task, frozen=False):
    """Обучить сети вместе; вернуть их и то, какие из них научились."""
    X, y = truth_table(task)
    together = Ensemble(members)
    moving = together.parameters()[2:] if frozen else together.parameters()
    optimizer, seeds = Adam(moving, lr=0.01), range(len(members))
    loss = BinaryCrossentropy()
    train_together(
        together, X, y, seeds=seeds, loss=loss, optimizer=optimizer, epochs=500, batch_size=4
    )
    return together, ((together.predict(X) > 0.5) == (y > 0.5)).all(axis=(1, 2))


def from_weights(weights, seed, new_output):
    """Сеть с этими весами; с `new_output` веса выходного слоя сначала случайны."""
    model = small(seed)
    model.set_weights(weights[:2] + model.get_weights()[2:] if new_output else weights)
    return model


xor, learned = learn([small(seed) for seed in range(200)], "xor")
good = [xor.weights_of(member) for member in np.flatnonzero(learned)]
print(f"предобучены: XOR научились {len(good)} сетей из 200")

same = [from_weights(w, seed, new_output=False) for seed, w in enumerate(good)]
fresh = [from_weights(w, 500 + seed, new_output=True) for seed, w in enumerate(good)]
ways = {
    "с нуля": learn([small(1000 + seed) for seed in range(200)], "xnor"),
    "учатся дальше все веса": learn(same, "xnor"),
    "новый выходной слой": learn(fresh, "xnor"),
    "новый выход, заморозка": learn(fresh, "xnor", frozen=True),
}
figure, panel = plt.subplots(figsize=(8, 2.6))
for name, (_, right) in ways.items():
    low, high = wilson(right.sum(), len(right))
    panel.barh(name, 100 * right.mean(), color="#2b6cb0")
    panel.plot([100 * low, 100 * high], [name, name], color="black")
    print(f"{name:26} {right.sum():3} из {len(right)}: {100 * right.mean():.0f} %")
panel.set(xlabel="научились XNOR, %", xlim=(0, 103))
panel.invert_yaxis()
figure.tight_layout()

# %% [markdown]
# (Чёрные чёрточки — 95-процентные интервалы, о них рассказывает урок 4.)
#
# Лучший способ — тот, которым пользуются и с большими сетями: **оставить скрытые слои, которые нашли
# полезные вопросы, и дать им новый выходной слой.** Вопросы у XOR и XNOR одни и те же («$x_1$ и не
# $x_2$?»), только ответ обратный, поэтому учатся все. Худший способ — просто учить дальше все веса: старый
# выходной слой уверен в обратном, и пока его переубеждают, скрытые нейроны умирают: было мёртвых в среднем
# 1,5 из 5, а у неудачников стало 3,4. Этого не исправить и лишними эпохами.
#
# Скажем честно: мы отобрали те сети, которые научились XOR. Так же поступает и тот, кто выкладывает
# предобученную сеть, и в этом часть её ценности: *кому-то другому уже не повезло вместо вас.*
#
# ## 6. Где это не помогло
#
# То же самое мы попробовали с цифрами из урока 6: обучили сеть на цифрах от 0 до 4 (721 картинка) и
# дообучили на цифрах от 5 до 9. Один скрытый слой из 64 нейронов, 100 эпох, средние по четырём зёрнам:
#
# | картинок новых цифр | 10 | 20 | 50 | 100 |
# | --- | --- | --- | --- | --- |
# | с нуля | 83 % | 92 % | 94 % | 97 % |
# | дообучена | 81 % | 90 % | 93 % | 97 % |
# | скрытый слой заморожен | 72 % | 85 % | 88 % | 93 % |
#
# Никакого выигрыша. Небольшая сеть, видевшая только цифры от 0 до 4, находит штрихи именно для них, а
# искать новые ей не быстрее, чем с нуля. Предобучение окупается, когда первая задача *большая и
# разнообразная*, новая — *близкая*, а примеров для неё *мало*. И ещё: не верьте на слово, измеряйте.
#
# ## Упражнения
#
# Впишите свой ответ в ячейку и выполните её: она скажет, верно ли это и на что посмотреть.
#
# **5.1.** Допишите функцию, которая замораживает в сети все слои, кроме последнего.


# %%
def freeze(model):
    pass


check("5.1", freeze, lang="ru")

# %% [markdown]
# <details><summary><b>Решение</b></summary>
#
#     def freeze(model):
#         for layer in model.layers[:-1]:
#             layer.trainable = False
#
# </details>
#
# **5.2.** Сеть этого урока — 2, 32, 32 и 1 — заморожена вся, кроме последнего слоя. Сколько чисел в
# ней ещё учится?

# %%
numbers = 0
check("5.2", numbers, lang="ru")

# %% [markdown]
# <details><summary><b>Решение</b></summary>
#
#     numbers = 32 + 1
#
# </details>
#
# ## Вопрос
#
# Возьмём сети, научившиеся XOR, заморозим скрытый слой, дадим новый выход и научим их функции **AND** —
# она проще, чем XOR. Научатся ли все, как научились XNOR?
#
# <details><summary><b>Ответ</b></summary>
#
# Нет: 96 из 150, то есть 64 %, хотя с нуля за те же 500 эпох AND выучивают 92 %. Посмотрите на таблицу в
# уроке 2: скрытый слой молчал и для (0, 0), и для (1, 1). Для XOR и XNOR это один и тот же случай. Для AND — нет, но
# замороженный слой уже выбросил разницу, и никакой выходной слой её не вернёт. Что заморожено, то и решает,
# чему можно научиться.
#
# Можно проверить: `learn(fresh, "and", frozen=True)[1].mean()`.
#
# </details>
#
# ## Попробуйте изменить
#
# - В разделе 2 замените 30 градусов на 10, на 60, на 180. Чего ждать: при 10 и 60 градусах дообученная сеть
#   лучше (на 60 — 95 % против 88 %), при 180 хуже, 76 % против 88 %; как есть там верны 2 %. В среднем по
#   шести зёрнам польза кончается около 90 градусов.
# - В разделе 3 заморозьте оба скрытых слоя: `for layer in frozen.layers[:2]: layer.trainable = False`. Чего
#   ждать: 91 % вместо 97 %. Последнему слою одному не повернуть границу.
# - В разделе 5 напишите `epochs=2000` вместо 500. Чего ждать: почти ничего — 149 вместо 147 у нового
#   выходного слоя, остальные как были: они не медленные, а мёртвые.
# - Проверьте дообученную сеть на *старых* лунах: `tuned.evaluate(*two_moons(1000, noise=0.15, seed=77))`.
#   Чего ждать: после десяти точек и 20 эпох она помнит их, 98 %. А дообучите её на ста точках, повёрнутых на
#   90 градусов, 100 эпох — останется 78 %. Это называется *катастрофическим забыванием*.
#
# ## Источники
#
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson, *How transferable are features in deep neural
#   networks?*, 2014: что можно оставить, слой за слоем, <https://arxiv.org/abs/1411.1792>
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press 2016 (по-русски: «Глубокое
#   обучение»), раздел 15.2, перенос обучения: <https://www.deeplearningbook.org>
# - M. McCloskey, N. Cohen, *Catastrophic interference in connectionist networks*, 1989.
# - То же самое в Keras: <https://keras.io/guides/transfer_learning/>
#
# Дальше: урок 6, настоящие данные.
