"""Handwritten digits of 8 by 8 pixels with 32 hidden neurons in plain Keras: `python digits.py FOLDER`."""

import sys
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay

folder = Path(sys.argv[1])
(folder / "plots").mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)

digits = load_digits()
order = np.random.default_rng([0, 1]).permutation(len(digits.data))  # (1797,)
validation, training = order[:360], order[360:]
x = (digits.data / 16).astype("float32")  # (1797, 64)
y = keras.utils.to_categorical(digits.target, 10)  # (1797, 10)

model = keras.Sequential(
    [keras.Input((64,)), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")]
)
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.001), loss="mse", metrics=["accuracy"])

trace = [model.get_weights()]
keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: trace.append(model.get_weights()))
start = time.perf_counter()
history = model.fit(
    x[training], y[training], epochs=30, verbose=0, callbacks=[keep], validation_data=(x[validation], y[validation])
).history
print(f"{time.perf_counter() - start:.3f} s in fit")

model.save(folder / "model.keras")
names = [weight.path for weight in model.weights]
weights = {name: np.stack(values) for name, values in zip(names, zip(*trace, strict=True), strict=True)}
np.savez(folder / "trace.npz", **weights)
table = np.transpose(list(history.values()))  # (epochs, metrics)
np.savetxt(folder / "metrics.csv", table, delimiter=",", header=",".join(history), comments="")
answers = model.predict(x[validation], verbose=0)  # (360, 10)
np.savetxt(folder / "predictions.csv", answers, delimiter=",", header=",".join(map(str, range(10))), comments="")

plt.figure()
for name, values in history.items():
    plt.plot(values, label=name)
plt.xlabel("epoch")
plt.legend()
plt.savefig(folder / "plots" / "history.png")

plt.figure()
for position, (name, values) in enumerate(weights.items(), 1):
    plt.subplot(2, 2, position, title=name)
    plt.plot(values.reshape(len(values), -1)[:, :200])  # the first 200 weights of each kind
plt.savefig(folder / "plots" / "weights.png")

ConfusionMatrixDisplay.from_predictions(digits.target[validation], answers.argmax(axis=1))
plt.savefig(folder / "plots" / "confusion.png")
