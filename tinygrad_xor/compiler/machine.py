"""Machine code of LLVM's texts, by llvmlite, and kept on disk."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import re
from typing import Any

from tinygrad_xor.compiler import cache
from tinygrad_xor.compiler.typed import typed

#: The C library's functions, as texts call them.
_PREFIX = "txor."


def is_installed() -> bool:
    """Whether llvmlite is there."""
    try:
        import llvmlite.binding  # noqa: F401
    except ImportError:
        return False
    return True


class Machine:
    """The functions of a text as machine code.

    Args:
        text: in LLVM's language.
    """

    def __init__(self, text: str) -> None:
        llvm, _ = _llvm()
        for name in set(re.findall(rf"@{re.escape(_PREFIX)}(\w+)", text)):
            llvm.add_symbol(_PREFIX + name, _address(name))
        key = cache.key(text, _versions())
        code = cache.read(key)
        if code is None:
            code = _compiled(text)
            cache.write(key, code)
        # the engine needs a module to start with; the code is added to it
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _new_target())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
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
    return llvm, llvm.Target.from_default_triple()


def _new_target() -> Any:
    llvm, target = _llvm()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=1,
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


def _compiled(text: str) -> bytes:
    llvm, _ = _llvm()
    module = llvm.parse_assembly(text if llvm.llvm_version_info >= (17,) else typed(text))
    module.verify()
    target = _new_target()
    module.triple, module.data_layout = target.triple, str(target.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    options.slp_vectorization = options.loop_vectorization = True
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return target.emit_object(module)


@functools.cache
def _address(name: str) -> int:
    """Of a function of the C library, the one that Python's math calls."""
    for library in ["ucrtbase"] if os.name == "nt" else [None, "libm.so.6"]:
        with contextlib.suppress(OSError, AttributeError):
            function = getattr(ctypes.CDLL(library), name)
            return ctypes.cast(function, ctypes.c_void_p).value or 0
    raise OSError(f"the C library has no function {name}")
