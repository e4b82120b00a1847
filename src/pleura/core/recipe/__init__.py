"""Recipes: training runs as TOML files."""

from pleura.core.recipe.augmentation import Augmentation, Erase, Tone, Warp
from pleura.core.recipe.budget import BudgetName, scale_recipe, scale_system, with_encoder
from pleura.core.recipe.consistency import Consistency
from pleura.core.recipe.inputs import Inputs, Target
from pleura.core.recipe.loss import TERMS, Loss
from pleura.core.recipe.network import DECODER_STEPS, Network
from pleura.core.recipe.ranges import Range
from pleura.core.recipe.reading import load_recipe, parse_recipe
from pleura.core.recipe.recipe import GridName, Objective, Recipe, Tuning
from pleura.core.recipe.stage import Averaging, Optimiser, Stage, Validation
from pleura.core.recipe.system import Part, System, load_system
from pleura.core.recipe.tables import SHIPPED, shipped_names

__all__ = [
    "DECODER_STEPS",
    "SHIPPED",
    "TERMS",
    "Augmentation",
    "Averaging",
    "BudgetName",
    "Consistency",
    "Erase",
    "GridName",
    "Inputs",
    "Loss",
    "Network",
    "Objective",
    "Optimiser",
    "Part",
    "Range",
    "Recipe",
    "Stage",
    "System",
    "Target",
    "Tone",
    "Tuning",
    "Validation",
    "Warp",
    "load_recipe",
    "load_system",
    "parse_recipe",
    "scale_recipe",
    "scale_system",
    "shipped_names",
    "with_encoder",
]
