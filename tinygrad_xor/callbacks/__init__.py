"""Callbacks: what happens between the epochs of ``model.fit(callbacks=[...])``.

The hooks are Keras's, and so are the names and arguments. ``logs`` holds what the history gets:
``{"loss": 0.69, "accuracy": 0.5, "val_loss": 0.7, ...}``. Epochs count from 0, as in Keras.
"""

from tinygrad_xor.callbacks.hooks import Callback, CallbackList, LambdaCallback, Logs, say
from tinygrad_xor.callbacks.others import CSVLogger, LearningRateScheduler, TerminateOnNaN
from tinygrad_xor.callbacks.watchers import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "Logs",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
    "say",
]
