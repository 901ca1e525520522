/// Which units of a network are kept or removed together: the channels of tensors that are one thing.
///
/// Behind a flattening a unit is as many features as its channel had pixels, next to each other. Where tensors of different
/// numbers of units are tied together, the group's units are the largest pieces of which both are made.
///
/// Every layer with units of its own begins a group; what passes units on belongs to its input's group; and an addition ties
/// the groups of its inputs together.
public struct UnitGroups: Sendable, Equatable {
  /// Units that are kept or removed by themselves, in all tensors and parameters of the group at once.
  public struct Group: Sendable, Equatable {
    /// How many units.
    public let count: Int
    /// Whether they are the images' channels or the classes, which are never removed.
    public let isFixed: Bool
  }

  /// The groups; that of the images first, the others in the order of their first layers.
  public let groups: [Group]
  /// The group of each layer's output.
  public let ofLayer: [Int]
  private let sources: [[Int?]]

  /// Finds the groups of a network.
  public init(_ network: Network) {
    // A chain of names: each group points to the one that it was tied to.
    var tiedTo = [0]
    var counts = [network.input.channels]
    func root(_ group: Int) -> Int { tiedTo[group] == group ? group : root(tiedTo[group]) }
    var found: [Int] = []
    for (index, layer) in network.layers.enumerated() {
      switch layer.operation.units {
      case .own:
        found.append(tiedTo.count)
        tiedTo.append(tiedTo.count)
        counts.append(network.shapes[index].channels)
      case .ofInputs:
        let inputs = network.sources[index].map { $0.map { root(found[$0]) } ?? 0 }
        let first = inputs.min() ?? 0
        for group in inputs {
          tiedTo[group] = first
          counts[first] = Self.greatestCommonDivisor(counts[first], counts[group])
        }
        found.append(first)
      }
    }
    let roots = tiedTo.indices.filter { root($0) == $0 }
    let places = Dictionary(uniqueKeysWithValues: roots.enumerated().map { ($1, $0) })
    ofLayer = found.map { places[root($0)] ?? 0 }
    let fixed = Set([0, ofLayer.last ?? 0])
    groups = roots.enumerated().map { Group(count: counts[$1], isFixed: fixed.contains($0)) }
    sources = network.sources
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }

  /// Columns of a parameter, or outputs of a layer, that each unit of the layer's group is.
  public func span(of columns: Int, in layer: Int) -> Int { columns / groups[ofLayer[layer]].count }

  /// The groups of what a layer reads.
  public func ofInputs(of layer: Int) -> [Int] { sources[layer].map { $0.map { ofLayer[$0] } ?? 0 } }
}

extension Network {
  /// The same network with fewer units in each group.
  ///
  /// - Parameter counts: how many units of each of the groups of `UnitGroups(self)` are left, at least one.
  package func resized(units counts: [Int], in groups: UnitGroups) -> Network {
    let layers = layers.enumerated().map { index, layer in
      Layer(
        layer.name, label: layer.label,
        layer.operation.resized(
          units: counts[groups.ofLayer[index]] * groups.span(of: shapes[index].channels, in: index)),
        inputs: layer.inputs)
    }
    do {
      return try Network(input: input, layers: layers)
    } catch {
      preconditionFailure("units are removed from all tensors of a group at once: \(error)")
    }
  }
}
