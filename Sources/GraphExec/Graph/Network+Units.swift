/// The parameters that the units of a group own.
public struct UnitOwners: Sendable, Equatable {
  /// A parameter, of whose columns each unit owns so many, next to each other.
  public struct Owned: Sendable, Equatable {
    /// The parameter.
    public let parameter: ParameterID
    /// Columns of a unit.
    public let span: Int
  }

  /// How many units the group has.
  public let units: Int
  /// Whether units of it are never removed: it is that of the images or of the classes.
  public let isFixed: Bool
  /// The weights, whose columns rank a unit together.
  public let weights: [Owned]
  /// Biases, and what batch norms hold: pruned with their unit.
  public let others: [Owned]

  /// Whether the columns of this weight are these units'.
  public func owns(_ weight: ParameterID) -> Bool { weights.contains { $0.parameter == weight } }
}

extension Network {
  /// What the units of each group with a weight own, in the order of their first weights: what an addition ties together is
  /// one unit.
  public var unitOwners: [UnitOwners] {
    let groups = UnitGroups(self)
    var weights = groups.groups.map { _ in [UnitOwners.Owned]() }
    var others = weights
    for layer in layers.indices {
      let group = groups.ofLayer[layer]
      for parameter in parameters(of: layer) {
        let own = UnitOwners.Owned(
          parameter: parameter, span: groups.span(of: self[parameter].columns, in: layer))
        if self[parameter].isWeight { weights[group].append(own) } else { others[group].append(own) }
      }
    }
    return groups.groups.indices.filter { !weights[$0].isEmpty }.map {
      UnitOwners(
        units: groups.groups[$0].count, isFixed: groups.groups[$0].isFixed, weights: weights[$0],
        others: others[$0])
    }.sorted { $0.weights[0].parameter.index < $1.weights[0].parameter.index }
  }

  /// The units that a weight's columns belong to, with all that is theirs.
  public func units(of weight: ParameterID) -> UnitOwners {
    guard let owners = unitOwners.first(where: { $0.owns(weight) }) else {
      preconditionFailure("parameter \(weight.index) is no weight")
    }
    return owners
  }
}
