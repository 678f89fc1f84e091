"""Taking a network along: files and source text for other libraries, and files of theirs.

The methods of a network choose by the name of the file: ``model.save("network.onnx")`` or
``"network.keras"``, ``model.save_weights("weights.safetensors")`` or ``"weights.pt"``. Here is what
they stand on, for programs and arrays of your own. Read ``layers`` first, the table of what each
layer is elsewhere. ONNX is written by ``onnx`` and ``writer``, from a program, with the tables of
``operators``, ``forms`` and ``moves``; no library is imported but h5py, for ``.keras``
files.
"""

from tinygrad_xor.exchange.onnx import save_onnx, to_onnx
from tinygrad_xor.exchange.safetensors import load_safetensors, save_safetensors
from tinygrad_xor.exchange.state_dict import load_state_dict, save_state_dict

__all__ = [
    "load_safetensors",
    "load_state_dict",
    "save_onnx",
    "save_safetensors",
    "save_state_dict",
    "to_onnx",
]
