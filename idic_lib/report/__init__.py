"""An analysis of anybody's orders: what the file allows, what it does not, and why, in sentences with numbers.

`analyse` reads the file, looks what kind of trade it shows, and goes through the steps of the course as far as the data
carry; it gives an `Analysis` of tables and sentences, without figures and without a word on single customers.
"""

from .analysis import Analysis, analyse

__all__ = ["Analysis", "analyse"]
