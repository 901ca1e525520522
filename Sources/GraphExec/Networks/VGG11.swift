extension NetworkPreset {
  /// VGG-11 (Simonyan and Zisserman 2015, configuration A) in the form for CIFAR-10: a batch norm behind each of its eight
  /// convolutions, and one linear layer behind the last pooling.
  static let vgg11 = NetworkPreset(
    name: "vgg-11",
    summary: "eight 3x3 convolutions of 64 to 512 filters with batch norm, five poolings, one linear layer",
    designedFor: Shape(3, 32, 32)
  ) { classes in
    var layers: [Network.Layer] = []
    // The filters between two poolings.
    let stages = [[64], [128], [256, 256], [512, 512], [512, 512]]
    for (stage, filters) in stages.enumerated() {
      for outputs in filters {
        let place = layers.count { $0.operation is Conv2D } + 1
        layers += [
          Network.Layer("conv\(place)", Conv2D(outputs: outputs, kernel: 3, padding: 1)),
          Network.Layer("norm\(place)", BatchNorm()), Network.Layer("relu\(place)", ReLU()),
        ]
      }
      layers.append(Network.Layer("pool\(stage + 1)", MaxPool(PoolWindow(kernel: 2))))
    }
    return layers + [
      Network.Layer("flatten", Flatten()), Network.Layer("output", Linear(outputs: classes, bias: true)),
    ]
  }
}
