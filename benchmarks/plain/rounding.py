"""Rounding numbers with eight hidden neurons in plain Keras: `python rounding.py FOLDER`."""

import sys
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

folder = Path(sys.argv[1])
(folder / "plots").mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)

x = np.random.default_rng([0, 0]).uniform(0, 1, (10_000, 1))  # (10000, 1)
y = (x[:, 0] >= 0.5).astype("int32")  # (10000,)
x = x.astype("float32")
points = np.arange(0, 1, 0.1, dtype="float32").reshape(-1, 1)  # (10, 1)

model = keras.Sequential([keras.Input((1,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

trace = [model.get_weights()]
keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: trace.append(model.get_weights()))
start = time.perf_counter()
history = model.fit(x, y, epochs=10, batch_size=32, verbose=0, callbacks=[keep]).history
print(f"{time.perf_counter() - start:.3f} s in fit")

model.save(folder / "model.keras")
names = [weight.path for weight in model.weights]
weights = {name: np.stack(values) for name, values in zip(names, zip(*trace, strict=True), strict=True)}
np.savez(folder / "trace.npz", **weights)
table = np.transpose(list(history.values()))  # (epochs, metrics)
np.savetxt(folder / "metrics.csv", table, delimiter=",", header=",".join(history), comments="")
table = np.hstack([points, model.predict(points, verbose=0)])
np.savetxt(folder / "predictions.csv", table, delimiter=",", header="x,p(y=0),p(y=1)", comments="")

plt.figure()
for name, values in history.items():
    plt.plot(values, label=name)
plt.xlabel("epoch")
plt.legend()
plt.savefig(folder / "plots" / "history.png")

plt.figure()
for position, (name, values) in enumerate(weights.items(), 1):
    plt.subplot(2, 2, position, title=name)
    plt.plot(values.reshape(len(values), -1))
plt.savefig(folder / "plots" / "weights.png")

line = np.linspace(0, 1, 400, dtype="float32").reshape(-1, 1)  # (400, 1)
plt.figure()
plt.plot(x, y, ".", label="data")
plt.plot(line, model.predict(line, verbose=0), label=["p(y=0)", "p(y=1)"])
plt.xlabel("x")
plt.legend()
plt.savefig(folder / "plots" / "prediction.png")

confusion = np.histogram2d(y, model.predict(x, verbose=0).argmax(axis=1), bins=2)[0]  # (2, 2), row the truth
plt.matshow(confusion)
for (row, column), count in np.ndenumerate(confusion):
    plt.text(column, row, int(count))
plt.savefig(folder / "plots" / "confusion.png")
