"""Write the table of derivatives again: derivatives.md and derivatives.ru.md."""

from pathlib import Path

from textbook import derivatives_page

here = Path(__file__).parent
for name, language in (("derivatives.md", "en"), ("derivatives.ru.md", "ru")):
    (here / name).write_text(derivatives_page(language), encoding="utf-8")
    print("made", name)
