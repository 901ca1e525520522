import Foundation
import GraphExec
import Pruning

/// How much worse a network gets as units of one group go, and nothing else changes: by group and share.
package struct UnitSensitivity: Sendable {
  /// A group of units that go together.
  package struct Group: Sendable {
    /// Its first weight.
    package let weight: ParameterID
    /// The layer of that, which names the group.
    package let layer: String
    package let units: Int
    /// The group's place in `UnitGroups`.
    package let place: Int
    /// Units that are left, fewer from entry to entry, and the held-out loss with these; all units first.
    package var points: [(left: Int, loss: Double)]

    package init(
      weight: ParameterID, layer: String, units: Int, place: Int, points: [(left: Int, loss: Double)]
    ) {
      (self.weight, self.layer, self.units) = (weight, layer, units)
      (self.place, self.points) = (place, points)
    }

    /// The least units with which the loss is no more than so much above that with all; between two points as if it grew by
    /// equal ratios.
    package func unitsLeft(bearing bearable: Double) -> Int {
      let increases = points.map { max($0.loss - points[0].loss, 1e-6) }
      guard let beyond = increases.indices.first(where: { increases[$0] > bearable }) else {
        return points[points.count - 1].left
      }
      guard beyond > 0 else { return units }
      let (low, high) = (increases[beyond - 1], increases[beyond])
      let way = log(bearable / low) / log(high / low)
      let (more, fewer) = (Double(points[beyond - 1].left), Double(points[beyond].left))
      return min(units, max(1, Int((more + (fewer - more) * min(max(way, 0), 1)).rounded())))
    }
  }

  /// The shares that are tried.
  static let shares = [0.25, 0.5, 0.7, 0.8, 0.875, 0.925, 0.95, 0.975]

  package let groups: [Group]

  package init(groups: [Group]) { self.groups = groups }

  /// Prunes each group alone, further and further, and looks at the held-out images.
  ///
  /// - Parameters:
  ///   - model: whose units can be pruned, with the state and gradients that the criterion needs.
  ///   - base: the state to come back to.
  init(
    _ model: any Model, from base: ModelState, gradients: [Matrix], heldOut: any ResidentSet,
    check: () throws -> Void
  )
    throws
  {
    let network = model.specification.network
    let unitGroups = UnitGroups(network)
    try model.load(base)
    let whole = try model.evaluate(on: heldOut).meanLoss
    groups = try LayerChoice().candidates(of: network, .neuron).shared.map { layer in
      try check()
      var points = [(left: layer.candidates, loss: whole)]
      try model.load(base)
      try model.load(gradients: gradients)
      for share in Self.shares {
        let count = PruneCount.count(sparsity: share, of: layer.candidates)
        let left = layer.candidates - count
        guard left >= 1, let last = points.last, left < last.left else { continue }
        try model.enqueuePruning(PruningEvent(layer.weight, unit: .neuron, count: count, minimumSurvivors: 1))
        let loss = try model.evaluate(on: heldOut).meanLoss
        // What is measured of a sample may fall; what is lost does not come back.
        points.append((left, loss.isFinite ? max(loss, last.loss) : .greatestFiniteMagnitude))
      }
      return Group(
        weight: layer.weight, layer: network[layer.weight].layer, units: layer.candidates,
        place: unitGroups.ofLayer[network.layer(of: layer.weight)], points: points)
    }
  }
}
