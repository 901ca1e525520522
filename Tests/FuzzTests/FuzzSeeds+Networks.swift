import Files
import GraphExec
import Interchange
import ModelFiles
import RandomNumbers

/// Small networks of every operation that has parameters or windows, a third of their weights pruned.
extension FuzzSeeds {
  /// Files of Whittle's own.
  static let models: [[UInt8]] = make { try [content(model(convolutional()).compressed().file)] }

  /// As Whittle writes ONNX, dense, and sparse as well.
  static let onnx: [[UInt8]] = make {
    try [convolutional(), flattened()].map(model).flatMap { model in
      try [false, true].map {
        try Array(ONNXWriter(model, normalization: .none, sparse: $0).bytes(version: "1"))
      }
    }
  }

  /// What PyTorch names the parameters of `convolutional()`.
  static let stateDict: [[UInt8]] = make {
    let stored = try model(convolutional())
    let names = [
      "scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var",
    ]
    var file = SafetensorsFile()
    for (parameter, own) in zip(stored.network.parameters, stored.parameters) {
      let parts = parameter.name.split(separator: ".").map(String.init)
      let extents = parameter.shape.dimensions
      // Outputs come first there; the order of the entries is of no matter here.
      file.tensors["\(parts[0]).\(names[parts[1]] ?? parts[1])"] = StoredTensor(
        own.matrix.values, shape: extents.suffix(1) + extents.dropLast())
    }
    return [content(file)]
  }

  static func convolutional() throws -> Network {
    try Network(
      input: Shape(2, 7, 7),
      layers: [
        Network.Layer("first", Conv2D(outputs: 4, kernel: 3, stride: 2, padding: 1)),
        Network.Layer("norm", BatchNorm()), Network.Layer("relu", ReLU()),
        Network.Layer("second", Conv2D(outputs: 4, kernel: 3, padding: 1, bias: true)),
        Network.Layer("add", Add(), inputs: ["second", "relu"]),
        Network.Layer("max", MaxPool(PoolWindow(kernel: 2, stride: 1, padding: 1))),
        Network.Layer("mean", AveragePool(PoolWindow(kernel: 3, stride: 2, padding: 1))),
        Network.Layer("drop", Dropout(rate: 0.25)), Network.Layer("pool", GlobalAveragePool()),
        Network.Layer("out", Linear(outputs: 3, bias: true)),
      ])
  }

  private static func flattened() throws -> Network {
    try Network(
      input: Shape(1, 5, 5),
      layers: [
        Network.Layer("a", Conv2D(outputs: 3, kernel: 3)), Network.Layer("flat", Flatten()),
        Network.Layer("b", Linear(outputs: 3, bias: true)),
      ])
  }

  private static func model(_ network: Network) -> StoredModel {
    var random = SplitMix64(seed: 3, stream: 0)
    var state = ModelState(
      initialValues: network.parameters.map { parameter in
        Matrix(
          rows: parameter.rows, columns: parameter.columns,
          values: (0..<parameter.count).map { _ in
            parameter.isWeight && random.below(3) == 0 ? 0 : Float(random.below(100) + 1) / 64
          })
      })
    for weight in network.weights {
      state.parameters[weight.index].mask = state.parameters[weight.index].value.values.map {
        $0 == 0 ? 0 : 1
      }
    }
    return StoredModel(state, of: network, metadata: [:])
  }

  private static func content(_ file: SafetensorsFile) -> [UInt8] {
    file.header() + file.ordered.flatMap(\.tensor.bytes)
  }

  /// Seeds of networks that are valid: a mistake here ends the tests.
  private static func make(_ seeds: () throws -> [[UInt8]]) -> [[UInt8]] {
    do { return try seeds() } catch { fatalError("\(error)") }
  }
}
