"""Machine code of LLVM's texts, by llvmlite, and kept on disk."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
from typing import Any

from tinygrad_xor.compiler import cache
from tinygrad_xor.compiler.callbacks import Callbacks
from tinygrad_xor.compiler.llvm import module
from tinygrad_xor.compiler.lowerings import FLOATS
from tinygrad_xor.compiler.typed import typed

#: So many bytes of what is kept say how many bytes of memory the code needs.
_TAPE = 8


def is_installed() -> bool:
    """Whether llvmlite is there."""
    try:
        import llvmlite.binding  # noqa: F401
    except ImportError:
        return False
    return True


class Text:
    """A text in LLVM's language: functions, and one that calls them."""

    #: What the text depends on, if that can be said without writing it.
    name: str | None = None

    @property
    def functions(self) -> list[Any]:
        """The functions."""
        raise NotImplementedError

    @property
    def tape(self) -> int:
        """How many bytes they need for themselves."""
        return max(part.tape for part in self.functions)

    def driver(self) -> list[str]:
        """What calls them, in lines."""
        raise NotImplementedError

    def text(self) -> str:
        """The whole module."""
        return module(self.functions, "\n".join(self.driver()))


class Machine:
    """The functions of a text as machine code.

    Args:
        source: a name stands for the text, which is not written then if its code is kept.
        is_quick: whether to write it soon, not to run fast: for what a call takes longer to reach.
    """

    def __init__(self, source: Text, is_quick: bool = False) -> None:
        llvm, _ = _llvm()
        key = cache.key(source.name or source.text(), _versions(), str(is_quick))
        content = cache.read(key)
        if content is None:
            code = _compiled(source.text(), is_quick)
            content = source.tape.to_bytes(_TAPE, "little") + code
            cache.write(key, content)
        #: How many bytes its functions need for themselves.
        self.tape = int.from_bytes(content[:_TAPE], "little")
        #: What its functions call.
        self.back = Callbacks([] if source.name else source.functions)
        # the engine needs a module to start with; the code is added to it
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _new_target())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(content[_TAPE:]))
        self._engine.finalize_object()

    def function(self, name: str, *arguments: Any) -> Any:
        """A function of pointers and numbers, which gives a whole number."""
        made = ctypes.CFUNCTYPE(ctypes.c_int64, *arguments)(self._engine.get_function_address(name))
        made.engine = self._engine  # type: ignore[attr-defined]  # lives as long
        return made


@functools.cache
def _llvm() -> tuple[Any, Any]:
    import llvmlite.binding as llvm

    for start in ("initialize", "initialize_native_target", "initialize_native_asmprinter"):
        try:
            getattr(llvm, start)()
        except RuntimeError:  # newer ones need no initialize(), and say so
            if start != "initialize":
                raise
    for entry in FLOATS.values():
        if entry.llvm.startswith("libm "):
            name = entry.llvm.removeprefix("libm ")
            llvm.add_symbol(f"txor.{name}", _address(name))  # as texts call it
    return llvm, llvm.Target.from_default_triple()


def _new_target(opt: int = 1) -> Any:
    llvm, target = _llvm()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=opt,
        reloc="default",
        codemodel="jitdefault",
    )


@functools.cache
def _versions() -> str:
    """What machine code depends on beside its text."""
    import llvmlite

    llvm, target = _llvm()
    features = llvm.get_host_cpu_features().flatten()
    return f"{llvmlite.__version__} {target.triple} {llvm.get_host_cpu_name()} {features}"


def _compiled(text: str, is_quick: bool) -> bytes:
    llvm, _ = _llvm()
    parsed = llvm.parse_assembly(text if llvm.llvm_version_info >= (17,) else typed(text))
    parsed.verify()
    target = _new_target(0 if is_quick else 1)
    parsed.triple, parsed.data_layout = target.triple, str(target.target_data)
    if not is_quick:
        options = llvm.create_pipeline_tuning_options(speed_level=1)
        options.slp_vectorization = options.loop_vectorization = True
        builder = llvm.create_pass_builder(target, options)
        builder.getModulePassManager().run(parsed, builder)
    return target.emit_object(parsed)


@functools.cache
def _address(name: str) -> int:
    """Of a function of the C library, the one that Python's math calls."""
    for library in ["ucrtbase"] if os.name == "nt" else [None, "libm.so.6"]:
        with contextlib.suppress(OSError, AttributeError):
            function = getattr(ctypes.CDLL(library), name)
            return ctypes.cast(function, ctypes.c_void_p).value or 0
    raise OSError(f"the C library has no function {name}")
