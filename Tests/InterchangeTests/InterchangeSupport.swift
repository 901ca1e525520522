import Backends
import Files
import GraphExec
import Interchange
import ModelEvaluation
import ModelFiles
import Pruning
import TestSupport

/// Models, and what Whittle makes of images with them.
enum Interchanged {
  static let fixtures = Repository.root + "/Tests/InterchangeTests/Fixtures"

  /// The logits of images, bytes one image after another, on the CPU.
  static func logits(
    _ stored: StoredModel, _ images: [UInt8], normalization: PixelNormalization = .none
  ) throws -> [Float] {
    let backend = try BackendChoice.open("cpu")
    let count = images.count / stored.network.inputs
    let set = try backend.upload(
      HostImages(
        features: .bytes(images), labels: [UInt8](repeating: 0, count: count), size: stored.network.inputs,
        normalization: normalization))
    return try Inference(stored, on: backend, batchSize: count, format: .dense).outputs(of: set)
  }

  /// Images drawn at random.
  static func images(of network: Network, count: Int = 8) -> [UInt8] {
    var random = SplitMix64(seed: 5, stream: 0)
    return (0..<count * network.inputs).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// A file of images as a network takes them, bytes or floats, and Whittle's logits.
  static func write(
    _ stored: StoredModel, normalization: PixelNormalization, asBytes: Bool = false, to path: String
  ) throws {
    let images = images(of: stored.network)
    let size = stored.network.inputs
    let scales = normalization.scales(features: size)
    let shape = stored.network.input
    let extents =
      [images.count / size] + (shape.isFlat ? [size] : [shape.channels, shape.height, shape.width])
    let floats = images.enumerated().map { index, byte in
      (Float(byte) * scales[index % size] + scales[size + index % size])
    }
    let logits = try logits(stored, images, normalization: normalization)
    let file = SafetensorsFile(tensors: [
      "images": asBytes ? StoredTensor(images, shape: extents) : StoredTensor(floats, shape: extents),
      "logits": StoredTensor(logits, shape: [extents[0], stored.network.outputs]),
    ])
    try file.write(to: path)
  }

  /// A network of every operation that has parameters or windows, with additions and a flattening of one pixel.
  static func everything() throws -> Network {
    try Network(
      input: Shape(2, 9, 9),
      layers: [
        Network.Layer("first", Conv2D(outputs: 6, kernel: 3, stride: 2, padding: 1)),
        Network.Layer("norm.1", BatchNorm(momentum: 0.2, epsilon: 1e-3)), Network.Layer("relu", ReLU()),
        Network.Layer("second", Conv2D(outputs: 6, kernel: 3, padding: 1, bias: true)),
        Network.Layer("add", Add(), inputs: ["second", "relu"]),
        Network.Layer("max", MaxPool(PoolWindow(kernel: 2, stride: 1, padding: 1))),
        Network.Layer("mean", AveragePool(PoolWindow(kernel: 3, stride: 2, padding: 1))),
        Network.Layer("drop", Dropout(rate: 0.25)),
        Network.Layer("point", Conv2D(outputs: 8, kernel: 3)),
        Network.Layer("import", Linear(outputs: 7, bias: true)), Network.Layer("norm2", BatchNorm()),
        Network.Layer("out", Linear(outputs: 4)),
      ])
  }

  /// Another one, with the mean of channels and a flattening of images.
  static func flattened() throws -> Network {
    try Network(
      input: Shape(1, 8, 8),
      layers: [
        Network.Layer("a", Conv2D(outputs: 8, kernel: 3, bias: true)), Network.Layer("relu", ReLU()),
        Network.Layer("flat", Flatten()), Network.Layer("b", Linear(outputs: 12)),
        Network.Layer("again", Conv2D(outputs: 5, kernel: 1)), Network.Layer("pool", GlobalAveragePool()),
        Network.Layer("c", Linear(outputs: 3, bias: true)),
      ])
  }

  /// A network with random parameters of all kinds, and a share of its entries or units pruned.
  static func model(
    _ network: Network, _ unit: PruningUnit, _ sparsity: Double, metadata: [String: String] = [:]
  )
    throws -> StoredModel
  {
    var random = SplitMix64(seed: 11, stream: 0)
    var state = ModelState(
      initialValues: network.parameters.map { parameter in
        Matrix(
          rows: parameter.rows, columns: parameter.columns,
          values: (0..<parameter.count).map { _ in
            parameter.name.hasSuffix("variance")
              ? Float.random(in: 0.5...2, using: &random)
              : Float.random(in: -0.5...0.5, using: &random)
          })
      })
    let backend = try BackendChoice.open("cpu")
    let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 1, masked: true))
    try model.load(state)
    try model.enqueue(
      PruningPolicy(unit: unit, schedule: .constant(sparsity)).events(beforeStep: 0, of: network))
    state = try model.state()
    return StoredModel(state, of: network, metadata: metadata)
  }
}
