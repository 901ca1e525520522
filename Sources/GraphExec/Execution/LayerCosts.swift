/// What the layers of networks cost in each format on a device: those of a middling linear layer for any matrix, and those of
/// its own size for a layer whose speed depends on that.
public struct LayerCosts: Sendable, Equatable {
  /// An entry of any matrix costs this.
  public let matrices: FormatCosts
  /// What layers of certain sizes cost, by `LayerOperation.pricedSize`.
  public var sizes: [String: FormatCosts]
  /// What an entry of any matrix costs whose entries lie in blocks, by `SparseBlocks.description`.
  public var blocks: [String: FormatCosts]

  /// Creates costs from measurements.
  public init(
    matrices: FormatCosts, sizes: [String: FormatCosts] = [:], blocks: [String: FormatCosts] = [:]
  ) {
    self.matrices = matrices
    self.sizes = sizes
    self.blocks = blocks
  }

  /// The costs of a weight's layer; nil where its size was not measured.
  ///
  /// - Parameters:
  ///   - weight: one of the network's.
  ///   - network: the original one. Where units were removed from it, an entry costs what it did before.
  ///   - blocks: those that its entries lie in. Where they were not measured, an entry costs what it does anywhere.
  public func costs(of weight: ParameterID, in network: Network, blocks: SparseBlocks = .entries)
    -> FormatCosts?
  {
    guard let size = network.pricedSize(of: weight) else { return self.blocks["\(blocks)"] ?? matrices }
    return sizes[size]
  }

  /// Whether all of these can be costs.
  public var isPlausible: Bool {
    [matrices.isPlausible, sizes.values.allSatisfy(\.isPlausible), blocks.values.allSatisfy(\.isPlausible)]
      .allSatisfy(\.self)
  }
}

extension LayerCosts: Codable {
  private enum Key: String, CodingKey { case sizes, blocks }

  /// Reads the costs of matrices, and beside them those of sizes and blocks, where there are any.
  public init(from decoder: any Decoder) throws {
    matrices = try FormatCosts(from: decoder)
    let container = try decoder.container(keyedBy: Key.self)
    func costs(_ key: Key) throws -> [String: FormatCosts] {
      try container.decodeIfPresent([String: FormatCosts].self, forKey: key) ?? [:]
    }
    (sizes, blocks) = (try costs(.sizes), try costs(.blocks))
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    try matrices.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    if !sizes.isEmpty { try container.encode(sizes, forKey: .sizes) }
    if !blocks.isEmpty { try container.encode(blocks, forKey: .blocks) }
  }
}

extension Network {
  /// The words for the size by which a weight's layer is priced; nil where it costs what any matrix does.
  public func pricedSize(of weight: ParameterID) -> String? {
    let layer = layer(of: weight)
    return layers[layer].operation.pricedSize(inputShapes(of: layer))
  }
}
