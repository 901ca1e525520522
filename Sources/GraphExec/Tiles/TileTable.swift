/// Tiles that were found by measuring on one device, by the products they are for.
public struct TileTable: Sendable, Equatable {
  /// The tiles of a product.
  public struct Entry: Sendable, Equatable, Codable {
    /// The product they were measured on.
    public let product: ProductShape
    /// The values of its kernels' parameters, by their macros.
    public let tiles: [String: Int]

    /// Creates an entry.
    public init(_ product: ProductShape, tiles: [String: Int]) {
      self.product = product
      self.tiles = tiles
    }
  }

  /// The name of another device that they were found on; nil for the one they are used on.
  public let device: String?
  /// One for each product.
  public var entries: [Entry]

  /// Creates a table.
  public init(device: String? = nil, entries: [Entry]) {
    self.device = device
    self.entries = entries
  }

  /// Puts an entry in the place of an earlier one for the same product.
  package mutating func keep(_ entry: Entry) {
    entries.removeAll { $0.product == entry.product }
    entries.append(entry)
  }
}

/// Where the tiles of a launch come from.
public enum TileSource: Sendable, Equatable {
  /// A rule.
  case rule
  /// Measured on this device with this product, or with one of these sizes.
  case tuned(sizes: String?)
  /// Measured on another device, with this product or with one of these sizes.
  case known(device: String, sizes: String?)
}

extension TileSource: CustomStringConvertible {
  /// In few words, as in `tuned at 1000x1000x256`.
  public var description: String {
    switch self {
    case .rule: "rule"
    case .tuned(let sizes): "tuned" + Self.at(sizes)
    case .known(let device, let sizes): device + Self.at(sizes)
    }
  }

  private static func at(_ sizes: String?) -> String { sizes.map { " at \($0)" } ?? "" }
}
