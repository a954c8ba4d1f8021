"""The price of a house by its number of flats, one linear neuron in plain Keras: `python house_prices.py FOLDER`."""

import sys
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

folder = Path(sys.argv[1])
(folder / "plots").mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)

flats = np.arange(1, 8, dtype="float32").reshape(-1, 1)  # (7, 1)
prices = 10_000 * flats  # (7, 1)

model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="mse")

trace = [model.get_weights()]
keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: trace.append(model.get_weights()))
start = time.perf_counter()
history = model.fit(flats, prices, epochs=500, verbose=0, callbacks=[keep]).history
print(f"{time.perf_counter() - start:.3f} s in fit")

model.save(folder / "model.keras")
names = ["kernel", "bias"]
weights = {name: np.stack(values) for name, values in zip(names, zip(*trace, strict=True), strict=True)}
np.savez(folder / "trace.npz", **weights)
losses = np.array(history["loss"])
np.savetxt(folder / "metrics.csv", losses, header="loss", comments="")
point = np.array([[10.0]], "float32")
table = np.hstack([point, model.predict(point, verbose=0)])
np.savetxt(folder / "predictions.csv", table, delimiter=",", header="flats,price", comments="")

plt.figure()
plt.semilogy(losses)
plt.xlabel("epoch")
plt.ylabel("loss")
plt.savefig(folder / "plots" / "history.png")

plt.figure()
for name, values in weights.items():
    plt.plot(values.reshape(len(values), -1), label=name)
plt.xlabel("epoch")
plt.legend()
plt.savefig(folder / "plots" / "weights.png")

plt.figure()
plt.plot(flats, prices, "o", label="data")
plt.plot(flats, model.predict(flats, verbose=0), label="prediction")
plt.xlabel("flats")
plt.ylabel("price")
plt.legend()
plt.savefig(folder / "plots" / "prediction.png")
