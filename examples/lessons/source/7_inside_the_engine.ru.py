# %% [markdown]
# # Урок 7. Внутри движка
#
# На уроке 3 `backward()` перемножал локальные наклоны. Откуда он их знает? Из таблицы. На этом уроке вы
# добавите в эту таблицу собственную операцию, посмотрите на её вторую производную, проверите операцию,
# нарочно её сломаете, а под конец сделаете с её помощью то, что урок 1 назвал невозможным.
#
# Примерно 30 минут. Хорошо бы сначала прочитать уроки 1 и 3.

# %%
import matplotlib.pyplot as plt
import numpy as np
from hypothesis import given, settings

from tinygrad_xor import Value, grad
from tinygrad_xor.course import check
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.engine import TABLE, primitive
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.optim import Adam
from tinygrad_xor.testing import GradientError, check_gradients
from tinygrad_xor.testing import strategies as gst
from tinygrad_xor.viz import draw, paint_decision

print("операций в таблице:", len(TABLE))
print("вот некоторые:", *list(TABLE)[:12])

# %% [markdown]
# ## 1. Операция — это функция и правило
#
# Вот всё, что движок знает о синусе:
#
#     sin = primitive(np.sin, "sin", lambda g, y, x: g * np.cos(x))
#
# Сначала сама функция, потом значок для рисунков, потом **правило**: как наклон проходит через операцию
# назад. Правило получает три вещи: `g` — наклон, который пришёл с конца, от функции потерь; `y` — что
# операция выдала; `x` — что она получила. Вернуть оно должно `g`, умноженное на локальный наклон. Для синуса
# это $\cos x$.
#
# Нашей операцией будет **горка** (bump): $y = e^{-x^2}$. В нуле она равна 1 и спадает в обе стороны. Её
# наклон $-2x \cdot e^{-x^2}$, то есть $-2 x y$.


# %%
def add_bump(rule):
    """Добавить операцию с этим правилом в таблицу; прежняя с тем же именем удаляется."""
    TABLE.pop("bump", None)
    return primitive(lambda x: np.exp(-x * x), "bump", rule, name="bump", elementwise=True)


bump = add_bump(lambda g, y, x: -2 * g * x * y)

x = Value(0.5, "x")
y = bump(x)
y.backward()
draw(y, lang="ru")

# %% [markdown]
# Вот и всё. Теперь движок умеет вычислять `bump`, проходить через неё назад, рисовать её и не только:
#
# ## 2. Наклон наклона
#
# `grad` делает из функции новую функцию — её производную. Производную можно дифференцировать ещё раз. Правило
# записано обычными операциями (`*`), и каждая из них тоже есть в таблице. Поэтому ни для второй, ни для
# десятой производной ничего нового не нужно.

# %%
first = grad(bump)
second = grad(first)

line = np.linspace(-3, 3, 121)
figure, panel = plt.subplots(figsize=(6.5, 3.4))
panel.plot(line, bump(line), label="bump")
panel.plot(line, [first(x) for x in line], "--", label="первая производная: наклон")
panel.plot(line, [second(x) for x in line], ":", label="вторая производная: изгиб")
panel.set_ylim(-2.2, 2.2)
panel.grid(alpha=0.3)
panel.legend(loc="lower right", fontsize=8)
figure.tight_layout()

# %% [markdown]
# А это граф, который вычисляет вторую производную в точке 0,5. Его никто не писал: он получается, когда
# движок дифференцирует собственное правило. Вверху стоит $x$, внизу — результат, а между ними bump, −2 и
# произведения: правило, применённое к самому себе.

# %%
draw(second, 0.5, legend=False, direction="TB", lang="ru")

# %% [markdown]
# Вручную: производная от $-2 x y$ равна $-2y - 2x \cdot (-2xy) = (4x^2 - 2)\, e^{-x^2}$. В точке 0,5 это

# %%
print("вручную:", (4 * 0.5**2 - 2) * np.exp(-(0.5**2)))
print("движок: ", second(0.5))

# %% [markdown]
# ## 3. Верно ли правило? Не верьте — проверьте
#
# Как проверить наклон, показал урок 3: чуть-чуть повернуть ручку и посмотреть (*конечные разности*).
# `check_gradients` делает это для первых и вторых производных. Но при каком $x$? Если выбираете *вы*, то
# выберете числа, о которых подумали. Библиотека **Hypothesis** сама выбирает входы, много входов, и любит
# неудобные. `gst.arrays((3,))` говорит, что выбирать: массивы из трёх чисел.


# %%
@settings(max_examples=30, derandomize=True, deadline=None)
@given(gst.arrays((3,)))
def test_bump(x):
    report = check_gradients(bump, x)
    compared.extend(report.comparisons)


compared = []
test_bump()
print(f"сравнили производных: {len(compared)}, все совпали")
print(
    f"худшая отличается на {max(c.units for c in compared):.2f} границы погрешности; 10 — уже провал"
)

# %% [markdown]
# ## 4. Подложим ошибку
#
# Проверка, которая всегда проходит, мало что доказывает. Поэтому нарочно сделаем ошибку, и хитрую: $|x|$
# вместо $x$. Для любого положительного $x$ правило по-прежнему верно. Кто попробует вручную в точке 0,5,
# ничего не заметит:

# %%
bump = add_bump(lambda g, y, x: -2 * g * np.abs(x) * y)
print("в точке 0,5:", grad(bump)(0.5), "и это верно:", -2 * 0.5 * np.exp(-(0.5**2)))

try:
    test_bump()
except GradientError as error:
    print(f"\nПоймали!\n\n{error}")

# %% [markdown]
# Сообщение движка — на английском: первая производная по элементу `argument 0[2]` равна −0,02, а конечные
# разности дают 0,02; «the sign is wrong» значит «неверный знак», «at argument 0 =» — «при аргументе, равном».
#
# Посмотрите на эту точку. Hypothesis нашла много массивов, на которых правило неверно, а потом искала среди
# них **самый простой**: нули и одно маленькое отрицательное число. Теперь понятно, где искать: знак неверен,
# и только для отрицательных чисел.
#
# Другие ошибки, которые делают люди, и что о них говорит проверка («a factor 2 is missing» — «потерян
# множитель 2», «ratio» — отношение двух чисел):

# %%
mistakes = {
    "знак": lambda g, y, x: 2 * g * x * y,
    "забыли 2": lambda g, y, x: -g * x * y,
    "забыли y": lambda g, y, x: -2 * g * x,
    "забыли g": lambda g, y, x: -2 * x * y,
    "y — обычное число": lambda g, y, x: -2 * g * x * (y.data if type(y) is Value else y),
}
for mistake, rule in mistakes.items():
    bump = add_bump(rule)
    try:
        check_gradients(bump, np.array([0.5, -1.0, 2.0]))
        print(mistake, "— не замечено")
    except GradientError as error:
        which, what = str(error).splitlines()[:2]
        print(f"{mistake}:\n  {which.partition(',')[0]}: {what.strip()}")

# %% [markdown]
# Интереснее всего последняя ошибка: её первая производная верна. Но `y.data` — обычное число, которое
# ничего не помнит, и поэтому неверной становится *вторая* производная (second derivative).
#
# В этом пакете 18 таких ошибок подкладывают в каждое правило таблицы, чтобы узнать, заметят ли их тесты:
# `tinygrad-xor check --mutants`.

# %% [markdown]
# ## 5. Один нейрон учится XOR
#
# На уроке 1 мы доказали, что один нейрон не может научиться XOR. Доказательство опиралось на то, что с
# ростом суммы $z$ выход только растёт. А наша горка растёт *и падает*. Поставим её в нейрон:

# %%
bump = add_bump(lambda g, y, x: -2 * g * x * y)  # снова верное правило

X, y = truth_table("xor")
neuron = Sequential([Dense(1, bump, input_dim=2)], seed=1)
neuron.compile(loss="mse", optimizer=Adam(learning_rate=0.05))
history = neuron.fit(X, y, batch_size=4, epochs=300, verbose=0)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9))
left.plot(history.history["loss"])
left.set_title("ошибка")
left.set_xlabel("эпоха")
left.grid(alpha=0.3)
paint_decision(right, neuron.predict, X, y)
right.set_title("один нейрон, XOR")
figure.tight_layout()
kernel, bias = neuron.get_weights()
print("ответы:", neuron.predict(X).ravel().round(3))
print("веса:", kernel.ravel().round(2), "смещение:", bias.round(2))

# %% [markdown]
# С одной новой строкой в таблице три числа делают то, для чего на уроке 2 понадобилось 21. Нейрон делит
# плоскость *двумя* параллельными прямыми и говорит «да» между ними. (Настоящие нейроны тоже так умеют: в 2020
# году обнаружили, что ветвь одной нервной клетки коры мозга человека отвечает подобно горке.)
#
# Почему же горку не ставят везде? Получается не всегда: при некоторых начальных весах нейрон скатывается к
# ответу «0,5 на всё», как на уроке 1, и там остаётся. А далеко от середины наклон горки почти 0, и нейрон,
# который начал оттуда, не получает подсказки, куда двигаться. О таких случаях — урок 4.
#
# ## Упражнения
#
# Впишите свой ответ в ячейку и выполните её: она скажет, верно ли это и на что посмотреть.
#
# **7.1.** Напишите правило для операции «куб», $y = x^3$.


# %%
def cube_rule(g, y, x):
    return g


check("7.1", cube_rule, lang="ru")

# %% [markdown]
# <details><summary><b>Решение</b></summary>
#
#     def cube_rule(g, y, x):
#         return 3 * g * x * x
#
# </details>
#
# **7.2.** Напишите правило для операции $y = 1 / x$. Можно ли обойтись в нём без деления?


# %%
def inverse_rule(g, y, x):
    return g


check("7.2", inverse_rule, lang="ru")

# %% [markdown]
# <details><summary><b>Решение</b></summary>
#
#     def inverse_rule(g, y, x):
#         return -g * y * y
#
# </details>
#
# ## Вопрос
#
# В списке ошибок есть забытая `g`: `lambda g, y, x: -2 * x * y`. С этим правилом `y = bump(x)` и
# `y.backward()` дают верный наклон при любом x. Когда же оно неверно?
#
# <details><summary><b>Ответ</b></summary>
#
# Всегда, когда после `bump` есть что-то ещё. У одной только `bump(x)` наклон `g` равен 1, и пропуск множителя
# 1 ничего не меняет. В `3 * bump(x)` уже `g` равен 3. Цепное правило перемножает наклоны вдоль всего пути,
# а такое правило путь обрывает. Проверка это замечает, потому что подаёт на вход случайное `g`.
#
# </details>
#
# ## Попробуйте изменить
#
# - Добавьте операцию «куб», $x^3$, с её правилом (упражнение 7.1) и проверьте её так же. Потом сломайте. Чего
#   ждать: без ошибки — тишина; забудьте 3, и сообщение назовёт отношение 0.333333.
# - В разделе 5 замените `bump` на `"sigmoid"`. Чего ждать: ошибка остановится на 0,25, все ответы — 0,5, как на
#   уроке 1.
# - В разделе 5 попробуйте зёрна (`seed`) от 0 до 9. Чего ждать: научатся шесть из десяти; с 0, 6, 8 и 9 нейрон
#   скатится к «0,5 на всё».
# - Найдите в таблице синус: `import inspect, tinygrad_xor.derivatives.trigonometry as t`, потом
#   `print(inspect.getsource(t)[:2000])`. Чего ждать: та самая строка из раздела 1.
#
# ## Источники
#
# - A. Griewank, A. Walther, *Evaluating Derivatives*, второе издание, SIAM 2008.
# - *Autograd*, D. Maclaurin, D. Duvenaud, M. Johnson, <https://github.com/HIPS/autograd>: правила в виде
#   коротких функций рядом с функциями NumPy и производные от производных.
# - D. MacIver, Z. Hatfield-Dodds и другие, *Hypothesis: a new approach to property-based testing*, 2019,
#   <https://doi.org/10.21105/joss.01891>
# - A. Gidon и другие, *Dendritic action potentials and computation in human layer 2/3 cortical neurons*,
#   Science 367, 2020: ветвь нервной клетки, которая вычисляет XOR.
