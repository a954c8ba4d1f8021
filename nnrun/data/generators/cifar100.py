"""The `cifar100` generator: the file that `keras.datasets.cifar100` downloads."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.cifar import SIDE, cifar_source
from nnrun.data.generators.download import KerasFile
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.image_sets import color_columns, image_arguments
from nnrun.experiment.columns import Columns

FILE = KerasFile(
    "cifar-100-python-target_archive",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)
_CLASSES = {
    "fine": """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
    man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck
    pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk
    skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger
    tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
    """,
    "coarse": """
    aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices
    household_furniture insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes
    large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles small_mammals trees
    vehicles_1 vehicles_2
    """,
}
_BATCHES = ["cifar-100-python/train", "cifar-100-python/test"]


def _columns(given: GeneratorArguments) -> Columns:
    return color_columns(given, SIDE, "class", tuple(_CLASSES[given["label_mode"]].split()))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    return cifar_source(given, resources, FILE, _BATCHES, f"{given['label_mode']}_labels".encode())


GENERATOR = Generator(
    "cifar100",
    "50,000 color images of 32 by 32 pixels in 100 classes and a test set of 10,000, in Keras's file.",
    {
        **image_arguments(50_000, SIDE, 255, channels=3),
        "label_mode": {
            "description": "The classes: fine, 100 of them, or coarse, 20 groups of these.",
            "enum": ["fine", "coarse"],
            "default": "fine",
        },
    },
    _columns,
    _make,
    link="https://keras.io/api/datasets/cifar100/",
    group="public data sets",
)
