import Device
import Synchronization

/// How products over the surviving entries of a layer are run. All ways give the same bits.
package enum SparseForms: Sendable {
  /// The way that a measurement finds fastest.
  case fastest
  /// Each row of the result by itself.
  case entries
  /// Rows that are alike together, wherever there are some.
  case blocks
}

/// How products over the surviving entries of linear layers were found to be run fastest on a device: rows of the result that
/// are alike together, or each by itself. Measured once in a process for all layers of one form.
final class SparseChoices: Sendable {
  private let forms: SparseForms
  /// The launches of a layer's products, rows together, and how many rows each of those takes that is faster so.
  private let known = Mutex<[(form: [Launch], choice: [MatmulPass: Int])]>([])

  init(_ forms: SparseForms) { self.forms = forms }

  /// The choice for each weight of a model whose entries lie in blocks; measured if it is not known yet.
  ///
  /// Where entries come back they lie anywhere.
  func choices(
    for specification: ModelSpecification, _ forward: ForwardPass, config: KernelConfig,
    in context: ComputeContext
  ) throws -> [ParameterID: [MatmulPass: Int]] {
    guard config.takesBlocksOfEntries, specification.regrowth == nil, forms != .entries else { return [:] }
    let whole = specification.inBlocks
    guard !whole.together.isEmpty, forms != .blocks else { return whole.together }
    let graph = specification.trains ? try forward.training(specification) : forward.evaluation
    let plan = try Plan(graph, specification: whole, config: config)
    let byEntry = try Plan(graph, specification: specification, config: config)
    return try whole.together.reduce(into: [:]) { choices, entry in
      let launches = plan.launches.filter { $0.product?.weight == entry.key }
      if let choice = known.withLock({ $0.first { $0.form == launches }?.choice }) {
        return choices[entry.key] = choice
      }
      let structure = specification.pattern(entry.key).map { SparseStructure($0) }
      let timers = try [byEntry, plan].map {
        try LaunchTimer(context, plan: $0, weight: entry.key, structure: structure)
      }
      try LaunchTimer.measure(timers, rounds: 6, budget: .milliseconds(50))
      let times = timers.map(\.secondsPerPass)
      let choice = entry.value.filter { pass, _ in
        (times[1][pass] ?? .infinity) < (times[0][pass] ?? .infinity)
      }
      known.withLock { $0.append((launches, choice)) }
      choices[entry.key] = choice
    }
  }
}

extension ModelSpecification {
  /// The same with as many rows taken together as are alike, in the linear layers that have such.
  var inBlocks: ModelSpecification {
    var specification = self
    // Whole blocks go, and what is left is made of them.
    let most = prunes.map { SparseBlocks($0) }
    for weight in network.weights where network.layers[network.layer(of: weight)].operation is Linear {
      guard let blocks = pattern(weight)?.blocks else { continue }
      func rows(_ pass: MatmulPass) -> Int { min(blocks[pass], most?[pass] ?? blocks[pass]) }
      let passes = MatmulPass.allCases.filter { rows($0) > 1 }
      guard !passes.isEmpty else { continue }
      specification.together[weight] = Dictionary(uniqueKeysWithValues: passes.map { ($0, rows($0)) })
    }
    return specification
  }
}
