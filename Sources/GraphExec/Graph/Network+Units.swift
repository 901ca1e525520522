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
}

extension Network {
  /// The units that a weight's columns belong to, with all that is theirs: what an addition ties together is one unit.
  public func units(of weight: ParameterID) -> UnitOwners {
    let groups = UnitGroups(self)
    let group = groups.ofLayer[layer(of: weight)]
    var weights: [UnitOwners.Owned] = []
    var others: [UnitOwners.Owned] = []
    for layer in layers.indices where groups.ofLayer[layer] == group {
      for parameter in parameters(of: layer) {
        let own = UnitOwners.Owned(
          parameter: parameter, span: groups.span(of: self[parameter].columns, in: layer))
        if self[parameter].isWeight { weights.append(own) } else { others.append(own) }
      }
    }
    return UnitOwners(
      units: groups.groups[group].count, isFixed: groups.groups[group].isFixed, weights: weights,
      others: others)
  }
}
