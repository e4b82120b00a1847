"""Run by `keras_child` in the papers' environment: for each line on stdin one timed `model.predict` on one film."""

import sys
import time

import numpy as np
import tensorflow as tf


def main() -> None:
    """Answer every line of stdin with the seconds of one prediction."""
    side, threads = int(sys.argv[1]), int(sys.argv[2])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import segmentation_models

    network = segmentation_models.Unet(
        "efficientnetb4", input_shape=(side, side, 3), classes=1, activation="sigmoid", encoder_weights=None
    )
    film = np.random.default_rng(0).random((1, side, side, 3), dtype=np.float32)
    network.predict(film, verbose=0)
    for _ in sys.stdin:
        start = time.perf_counter()
        network.predict(film, verbose=0)
        print("seconds", time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
