"""Model files, blends of them, and the engines that run them."""

from pleura.runtime.blend import Blend, BlendSpec, Member, Role, parts_of, read_blend, write_blend
from pleura.runtime.engine import Engine, EngineChoice, Outputs
from pleura.runtime.modelfile import Model, read_model, with_spec, write_model
from pleura.runtime.opening import open_engine

__all__ = [
    "Blend",
    "BlendSpec",
    "Engine",
    "EngineChoice",
    "Member",
    "Model",
    "Outputs",
    "Role",
    "open_engine",
    "parts_of",
    "read_blend",
    "read_model",
    "with_spec",
    "write_blend",
    "write_model",
]
