/// What the layers of networks cost in each format on a device: those of a middling linear layer for any matrix, and those of
/// its own size for a layer whose speed depends on that.
public struct LayerCosts: Sendable, Equatable {
  /// An entry of any matrix costs this.
  public let matrices: FormatCosts
  /// What layers of certain sizes cost, by `LayerOperation.pricedSize`.
  public var sizes: [String: FormatCosts]

  /// Creates costs from measurements.
  public init(matrices: FormatCosts, sizes: [String: FormatCosts] = [:]) {
    self.matrices = matrices
    self.sizes = sizes
  }

  /// The costs of a weight's layer; nil where its size was not measured.
  ///
  /// - Parameters:
  ///   - weight: one of the network's.
  ///   - network: the original one. Where units were removed from it, an entry costs what it did before.
  public func costs(of weight: ParameterID, in network: Network) -> FormatCosts? {
    guard let size = network.pricedSize(of: weight) else { return matrices }
    return sizes[size]
  }

  /// Whether all of these can be costs.
  public var isPlausible: Bool { matrices.isPlausible && sizes.values.allSatisfy(\.isPlausible) }
}

extension LayerCosts: Codable {
  private enum Key: String, CodingKey { case sizes }

  /// Reads the costs of matrices, and beside them those of sizes, where there are any.
  public init(from decoder: any Decoder) throws {
    matrices = try FormatCosts(from: decoder)
    sizes =
      try decoder.container(keyedBy: Key.self).decodeIfPresent([String: FormatCosts].self, forKey: .sizes)
      ?? [:]
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    try matrices.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    if !sizes.isEmpty { try container.encode(sizes, forKey: .sizes) }
  }
}

extension Network {
  /// The words for the size by which a weight's layer is priced; nil where it costs what any matrix does.
  public func pricedSize(of weight: ParameterID) -> String? {
    let layer = layer(of: weight)
    return layers[layer].operation.pricedSize(inputShapes(of: layer))
  }
}
