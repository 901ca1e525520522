/// A parameter that an operation asks for: its name in the layer, its extents and how it starts.
public struct ParameterShape: Sendable, Hashable {
  /// What its entries are before training.
  public enum Start: Sendable, Hashable {
    /// Drawn at random, each for a sum of so many products: a weight. Weights, and nothing else, are pruned and ranked.
    case drawn(fanIn: Int)
    /// All the same.
    case constant(Float)
  }

  /// Unique in its layer: `weight`, `bias`.
  public let name: String
  /// Its extents; the last one is the layer's outputs.
  public let dimensions: [Int]
  /// What it starts as.
  public let start: Start

  /// Creates the description.
  public init(_ name: String, _ dimensions: [Int], start: Start) {
    self.name = name
    self.dimensions = dimensions
    self.start = start
  }
}

/// A parameter of a network: what a model holds and trains.
///
/// Every parameter is a matrix of `rows` by `columns`, row-major; the columns are the outputs of its layer.
public struct Parameter: Sendable, Hashable {
  /// The name of its layer.
  public let layer: String
  /// The layer's name for people.
  public let label: String
  /// What the layer's operation asks for.
  public let shape: ParameterShape

  /// Unique in its network, and the name that files use: `layers.0.weight`.
  public var name: String { "\(layer).\(shape.name)" }
  /// The product of all extents but the last; a weight's inputs.
  public var rows: Int { shape.dimensions.dropLast().reduce(1, *) }
  /// The last extent; the layer's outputs.
  public var columns: Int { shape.dimensions.last ?? 1 }
  /// Its entries.
  public var count: Int { rows * columns }
  /// Whether it is a weight: what is pruned and ranked.
  public var isWeight: Bool { if case .drawn = shape.start { true } else { false } }

  package init(layer: String, label: String, shape: ParameterShape) {
    self.layer = layer
    self.label = label
    self.shape = shape
  }
}
