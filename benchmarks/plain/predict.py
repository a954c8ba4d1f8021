"""The predictions of a saved model for the rows of a CSV file in plain Keras: `python predict.py MODEL ROWS OUT`."""

import csv
import sys

import keras
import numpy as np

model = keras.models.load_model(sys.argv[1], compile=False)
with open(sys.argv[2], newline="") as file:
    header, *rows = csv.reader(file)
x = np.array([[float(cell) for cell in row] for row in rows], "float32")  # (rows, inputs)
answers = model.predict(x, verbose=0)  # (rows, outputs)
names = ",".join([*header, "prediction"])
np.savetxt(sys.argv[3], np.hstack([x, answers]), delimiter=",", header=names, comments="")
