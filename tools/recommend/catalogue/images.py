"""Datasets of images and videos."""

from tools.recommend.catalogue.dataset import DIGITS, MANY_CLASSES, SMALL_IMAGES, NamedDataset

IMAGE, DETECTION, SEGMENTATION = "image classification", "object detection", "semantic segmentation"
GENERATION, VIDEO = "image generation", "video classification"
CORRUPTED = r"[-_ ]?(?:C|P|LT|N|DVS|C̄)(?![A-Za-z])"

IMAGES = (
    NamedDataset("cifar10", ("cifar 10", "cifar"), "vision", IMAGE, {"cifar100": 0.8, **SMALL_IMAGES}, CORRUPTED),
    NamedDataset("cifar100", ("cifar 100", "=C100"), "vision", IMAGE, {"cifar10": 0.8, **SMALL_IMAGES}, CORRUPTED),
    NamedDataset("cifar10_dvs", ("cifar 10 dvs",), "vision", IMAGE, {"cifar10": 0.6}),
    NamedDataset("mnist", ("mnist",), "vision", IMAGE, DIGITS, r"[-_ ]?(?:C|M|1D)(?![A-Za-z])"),
    NamedDataset(
        "fashion_mnist", ("fashion mnist", "fmnist", "f mnist", "zalando"), "vision", IMAGE,
        {"mnist": 0.8, "cifar10": 0.4},
    ),
    NamedDataset("emnist", ("emnist", "extended mnist", "femnist"), "vision", IMAGE, DIGITS),
    NamedDataset("kmnist", ("kmnist", "kuzushiji mnist", "qmnist", "usps", "notmnist"), "vision", IMAGE, DIGITS),
    NamedDataset("medmnist", ("medmnist",), "vision", IMAGE, {"fashion_mnist": 0.6, "mnist": 0.5, "cifar10": 0.5}),
    NamedDataset("omniglot", ("omniglot",), "vision", IMAGE, DIGITS),
    NamedDataset("moving_mnist", ("moving mnist",), "vision", "video prediction", DIGITS),
    NamedDataset(
        "imagenet", ("imagenet 1k", "imagenet 21k", "imagenet 22k", "imagenet", "ilsvrc 2012", "ilsvrc"), "vision",
        IMAGE, MANY_CLASSES, r"[-_ ]?(?:C|A|R|P|O|LT|V2|Sketch|VID|ReaL|Captcha)(?![A-Za-z])",
    ),
    NamedDataset(
        "tiny_imagenet", ("tiny imagenet", "mini imagenet", "downsampled imagenet", "tieredimagenet", "imagenette"),
        "vision", IMAGE, {**MANY_CLASSES, "cifar100": 0.85},
    ),
    NamedDataset("svhn", ("svhn", "street view house numbers"), "vision", IMAGE, {"mnist": 0.65, "cifar10": 0.7}),
    NamedDataset("stl10", ("stl 10",), "vision", IMAGE, {**SMALL_IMAGES, "cifar10": 0.85}),
    NamedDataset("food101", ("food 101",), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("flowers102", ("flowers 102", "oxford flowers"), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("oxford_pets", ("oxford pets", "oxford iiit pets", "oxford iiit pet"), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("stanford_cars", ("stanford cars",), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("cub200", ("cub 200", "caltech ucsd birds"), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("caltech101", ("caltech 101", "caltech 256"), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("places365", ("places 365", "places 205"), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("inaturalist", ("inaturalist", "inat 2018", "inat 2021"), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("jft", ("=JFT 300M", "=JFT 3B", "=JFT"), "vision", IMAGE, MANY_CLASSES),
    NamedDataset("eurosat", ("eurosat",), "vision", IMAGE, SMALL_IMAGES),
    NamedDataset("celeba", ("celeba hq", "celeba", "=FFHQ", "=LFW"), "vision", GENERATION, SMALL_IMAGES),
    NamedDataset("lsun", ("=LSUN",), "vision", GENERATION, SMALL_IMAGES),
    NamedDataset(
        "coco", ("=MS COCO", "=MSCOCO", "=COCO", "=Microsoft COCO"), "vision", DETECTION, SMALL_IMAGES,
    ),
    NamedDataset(
        "voc", ("=PASCAL VOC", "=Pascal VOC", "=VOC 2007", "=VOC 2012", "=VOC"), "vision", DETECTION, SMALL_IMAGES,
    ),
    NamedDataset("ade20k", ("ade 20k",), "vision", SEGMENTATION, SMALL_IMAGES),
    NamedDataset("cityscapes", ("cityscapes",), "vision", SEGMENTATION, SMALL_IMAGES),
    NamedDataset("kitti", ("=KITTI", "nuscenes"), "vision", DETECTION, SMALL_IMAGES),
    NamedDataset(
        "kinetics", ("=Kinetics 400", "=Kinetics 600", "=Kinetics 700", "=Kinetics dataset"), "vision", VIDEO,
        SMALL_IMAGES,
    ),
    NamedDataset("ucf101", ("ucf 101", "=HMDB 51", "something something v2"), "vision", VIDEO, SMALL_IMAGES),
    NamedDataset(
        "chest_xray", ("chexpert", "mimic cxr", "chestx ray 14", "chest x ray 14"), "vision", IMAGE,
        {"fashion_mnist": 0.5, "mnist": 0.4, "cifar10": 0.4},
    ),
)  # fmt: skip
