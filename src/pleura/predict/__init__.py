"""One film in, one finding out: preprocessing, network, decision and measures, in that order."""

from pleura.predict.film import Predictor
from pleura.predict.loading import load_predictor, model_path, one_model, shipped_model, shipped_models

__all__ = ["Predictor", "load_predictor", "model_path", "one_model", "shipped_model", "shipped_models"]
