"""XOR with a hidden layer of 16 neurons in plain Keras: `python xor.py FOLDER`."""

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

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")  # (4, 2)
y = np.array([[0], [1], [1], [0]], "float32")  # (4, 1)

model = keras.Sequential(
    [keras.Input((2,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="adam", loss="mse", metrics=["binary_accuracy"])

trace = [model.get_weights()]
keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: trace.append(model.get_weights()))
start = time.perf_counter()
history = model.fit(x, y, epochs=500, verbose=0, callbacks=[keep]).history
print(f"{time.perf_counter() - start:.3f} s in fit")

model.save(folder / "model.keras")
names = [weight.path for weight in model.weights]
weights = {name: np.stack(values) for name, values in zip(names, zip(*trace, strict=True), strict=True)}
np.savez(folder / "trace.npz", **weights)
table = np.transpose(list(history.values()))  # (epochs, metrics)
np.savetxt(folder / "metrics.csv", table, delimiter=",", header=",".join(history), comments="")
answers = model.predict(x, verbose=0)  # (4, 1)
np.savetxt(folder / "predictions.csv", np.hstack([x, answers]), delimiter=",", header="age,income,loyal", comments="")

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

sides = np.linspace(-0.08, 1.08, 120, dtype="float32")
grid = np.stack(np.meshgrid(sides, sides), axis=-1).reshape(-1, 2)  # (120 · 120, 2)
plt.figure()
plt.contourf(sides, sides, model.predict(grid, verbose=0).reshape(120, 120), levels=20)
plt.colorbar(label="loyal")
plt.scatter(x[:, 0], x[:, 1], c=y[:, 0], edgecolors="white")
plt.xlabel("age")
plt.ylabel("income")
plt.savefig(folder / "plots" / "surface.png")

confusion = np.histogram2d(y[:, 0], answers[:, 0] > 0.5, bins=2)[0]  # (2, 2), row the truth
plt.matshow(confusion)
for (row, column), count in np.ndenumerate(confusion):
    plt.text(column, row, int(count))
plt.savefig(folder / "plots" / "confusion.png")
