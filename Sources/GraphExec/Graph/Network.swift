/// A network: named layers in running order, from the images to the last layer's output, with shapes that fit.
///
/// What a model holds, a plan runs, and a file stores follows from this value alone.
///
/// ```swift
/// let network = try Network(
///   input: Shape(1, 28, 28),
///   layers: [
///     Network.Layer("conv", Conv2D(outputs: 8, kernel: 5)), Network.Layer("relu", ReLU()),
///     Network.Layer("pool", MaxPool(PoolWindow(kernel: 2))), Network.Layer("flat", Flatten()),
///     Network.Layer("classes", Linear(outputs: 10, bias: true)),
///   ])
/// ```
public struct Network: Sendable {
  /// An operation with a name, and what it reads.
  public struct Layer: Sendable {
    /// Unique in its network.
    public let name: String
    /// The name for people; `name` unless another was given.
    public let label: String
    /// What it computes.
    public let operation: any LayerOperation
    /// Names of the layers that it reads, in the operation's order, or `images`; none for the layer before it.
    public let inputs: [String]

    /// Creates a layer.
    public init(
      _ name: String, label: String? = nil, _ operation: any LayerOperation, inputs: [String] = []
    ) {
      self.name = name
      self.label = label ?? name
      self.operation = operation
      self.inputs = inputs
    }
  }

  /// What the word `images` stands for among a layer's inputs.
  public static let imagesName = "images"

  /// The shape of an image.
  public let input: Shape
  /// The layers, in running order; the last one is the output layer.
  public let layers: [Layer]
  /// The shape of each layer's output.
  public let shapes: [Shape]
  /// For each layer the layers that it reads, by their places; nil for the images.
  public let sources: [[Int?]]
  /// The parameters of all layers, in their order.
  public let parameters: [Parameter]
  private let ranges: [Range<Int>]

  /// Creates a network.
  ///
  /// - Throws: `NetworkError` for a name that is there twice or not at all, sizes that do not fit, an output that nothing
  ///   reads, and a last layer whose output is not flat.
  public init(input: Shape, layers: [Layer]) throws(NetworkError) {
    self.input = input
    self.layers = layers
    var (shapes, sources): ([Shape], [[Int?]]) = ([], [])
    var (parameters, ranges): ([Parameter], [Range<Int>]) = ([], [])
    var places: [String: Int] = [:]
    for (index, layer) in layers.enumerated() {
      let own = try Self.sources(of: layer, at: index, places)
      let inputs = own.map { $0.map { shapes[$0] } ?? input }
      let expected = type(of: layer.operation).inputCount
      guard own.count == expected else {
        throw NetworkError(
          layer: layer.name,
          "\(layer.operation.name) takes \(expected) input\(expected == 1 ? "" : "s"), not \(own.count)")
      }
      do throws(OperationError) {
        shapes.append(try layer.operation.shape(inputs))
      } catch {
        throw NetworkError(layer: layer.name, "\(layer.operation.name) \(error)")
      }
      sources.append(own)
      let first = parameters.count
      parameters += layer.operation.parameters(inputs).map {
        Parameter(layer: layer.name, label: layer.label, shape: $0)
      }
      ranges.append(first..<parameters.count)
      guard places.updateValue(index, forKey: layer.name) == nil, layer.name != Self.imagesName else {
        throw NetworkError(layer: layer.name, "the name is there twice; each layer needs one of its own")
      }
    }
    (self.shapes, self.sources, self.parameters, self.ranges) = (shapes, sources, parameters, ranges)
    try checkEnd()
  }

  private static func sources(of layer: Layer, at index: Int, _ places: [String: Int]) throws(NetworkError)
    -> [Int?]
  {
    guard !layer.inputs.isEmpty else { return [index == 0 ? nil : index - 1] }
    var sources: [Int?] = []
    for name in layer.inputs {
      let place = places[name]
      guard place != nil || name == imagesName else {
        throw NetworkError(layer: layer.name, "reads \(name), which is no layer before it", unknown: name)
      }
      sources.append(place)
    }
    return sources
  }

  /// There is one output, and it is the last layer's.
  private func checkEnd() throws(NetworkError) {
    guard let last = shapes.last else { throw NetworkError(layer: nil, "there is no layer") }
    guard last.isFlat else {
      throw NetworkError(
        layer: layers[layers.count - 1].name,
        "its output is \(last), but the last layer's must be flat, a value for each class")
    }
    let read = Set(sources.joined().compactMap { $0 })
    if let unread = layers.indices.dropLast().first(where: { !read.contains($0) }) {
      throw NetworkError(
        layer: layers[unread].name, "nothing reads its output; only the last layer is the network's output")
    }
  }
}

extension Network {
  /// Values of an image.
  public var inputs: Int { input.count }
  /// Classes: values of the output layer.
  public var outputs: Int { shapes[shapes.count - 1].count }
  /// The parameters of a layer.
  public func parameters(of layer: Int) -> [ParameterID] { ranges[layer].map { ParameterID($0) } }
  /// A parameter of this network.
  public subscript(_ id: ParameterID) -> Parameter { parameters[id.index] }
  /// The weights, in the order of their layers: the parameters that are pruned.
  public var weights: [ParameterID] {
    parameters.indices.filter { parameters[$0].isWeight }.map { ParameterID($0) }
  }
  /// Entries of all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
  /// Multiply-adds for one image.
  public var macs: Int { layers.indices.reduce(0) { $0 + macs(of: $1) } }
  /// Multiply-adds of a layer for one image.
  public func macs(of layer: Int) -> Int { layers[layer].operation.macs(inputShapes(of: layer)) }
  /// The shapes of what a layer reads.
  public func inputShapes(of layer: Int) -> [Shape] { sources[layer].map { $0.map { shapes[$0] } ?? input } }
  /// Whether a step computes the gradient of what a weight's layer reads; not that of the images.
  public func needsInputGradient(_ weight: ParameterID) -> Bool {
    sources[layer(of: weight)].contains(where: dependsOnParameter)
  }
  private func dependsOnParameter(_ source: Int?) -> Bool {
    guard let layer = source else { return false }
    return !ranges[layer].isEmpty || sources[layer].contains(where: dependsOnParameter)
  }
  /// The last layer with a weight.
  public var outputLayer: Int { weights.last.map { layer(of: $0) } ?? layers.count - 1 }
  /// The layer that a parameter belongs to.
  public func layer(of parameter: ParameterID) -> Int {
    ranges.firstIndex { $0.contains(parameter.index) } ?? 0
  }
}

extension Network: Equatable {
  /// Whether they are the same layers, in name and sizes.
  public static func == (a: Self, b: Self) -> Bool {
    a.input == b.input && a.sources == b.sources && a.layers.count == b.layers.count
      && zip(a.layers, b.layers).allSatisfy { $0.name == $1.name && $0.operation.equals($1.operation) }
  }
}

/// Why layers do not form a network.
public struct NetworkError: Error, Equatable, CustomStringConvertible {
  /// The layer's name; nil where it is about all of them.
  public let layer: String?
  /// What is wrong with it, with the sizes.
  public let problem: String
  /// The name that is not known, where that is what is wrong.
  public let unknown: String?

  init(layer: String?, _ problem: String, unknown: String? = nil) {
    self.layer = layer
    self.problem = problem
    self.unknown = unknown
  }

  /// One line.
  public var description: String { layer.map { "layer \($0): \(problem)" } ?? problem }
}

extension Network {
  /// Values of an image, and the units of each layer that has units of its own: `[784, 1000, 1000, 500, 200, 10]`.
  public var widths: [Int] {
    [input.count] + layers.indices.filter { layers[$0].operation.units == .own }.map { shapes[$0].channels }
  }
}
