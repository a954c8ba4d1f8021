"""One neuron with a ReLU learns f(x) = max(0, 2 (x - 1)) in plain Keras: `python bilinear.py FOLDER`."""

import sys
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

folder = Path(sys.argv[1])
(folder / "plots").mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)

x = np.linspace(0, 2, 200, dtype="float32").reshape(-1, 1)  # (200, 1)
y = np.maximum(0, 2 * (x - 1))  # (200, 1)
points = np.array([[0.0], [0.5], [1.0], [1.5], [2.0]], "float32")

small = keras.initializers.RandomNormal(mean=0.0, stddev=0.05)
model = keras.Sequential(
    [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer=small), keras.layers.Activation("relu")]
)
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="mse")

trace = [model.get_weights()]
keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: trace.append(model.get_weights()))
start = time.perf_counter()
history = model.fit(x, y, epochs=2000, batch_size=128, verbose=0, callbacks=[keep]).history
print(f"{time.perf_counter() - start:.3f} s in fit")

model.save(folder / "model.keras")
names = ["kernel", "bias"]
weights = {name: np.stack(values) for name, values in zip(names, zip(*trace, strict=True), strict=True)}
np.savez(folder / "trace.npz", **weights)
losses = np.array(history["loss"])
np.savetxt(folder / "metrics.csv", losses, header="loss", comments="")
table = np.hstack([points, model.predict(points, verbose=0)])
np.savetxt(folder / "predictions.csv", table, delimiter=",", header="x,y", comments="")

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
plt.plot(x, y, ".", label="data")
plt.plot(x, model.predict(x, verbose=0), label="prediction")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.savefig(folder / "plots" / "prediction.png")
