"""The table of derivatives as a textbook prints it, made from the rules themselves."""

from textbook.page import derivatives_page

__all__ = ["derivatives_page"]
