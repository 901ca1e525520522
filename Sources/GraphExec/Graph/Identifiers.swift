/// A tensor of a graph, by its place in `Graph.tensors`.
public struct TensorID: Sendable, Hashable {
  /// The place.
  public let index: Int

  /// The tensor at a place.
  public init(_ index: Int) { self.index = index }
}

/// A parameter of a network, by its place in `Network.parameters`.
public struct ParameterID: Sendable, Hashable {
  /// The place.
  public let index: Int

  /// The parameter at a place.
  public init(_ index: Int) { self.index = index }
}
