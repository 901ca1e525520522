import Configs
import GraphExec
import Pruning

/// A network whose sparse weights change their entries while it trains: these are in CSR from the first step on, where the
/// backend executes that. No unit is removed, since entries may come back to it.
final class DynamicForm: RunForm {
  let model: any Model
  let train: any ResidentSet
  let test: any ResidentSet
  /// How many entries each weight has that lacks some.
  private let entries: [(weight: ParameterID, count: Int)]

  /// Takes over from a form of the whole network, which has been pruned.
  init(
    _ whole: any RunForm, growth: Regrowth, config: StudyConfig, seed: UInt64, backend: any Backend
  ) throws {
    let (state, network) = (try whole.state(), config.network)
    entries = network.weights.map { ($0, state[$0].mask.count { $0 != 0 }) }
      .filter { $0.1 < network[$0.0].count }
    let formats = state.masks.enumerated().map { index, mask -> LayerFormat in
      guard mask.contains(0) else { return .dense }
      let parameter = network.parameters[index]
      guard backend.executesSparse else { return .masked }
      return .sparse(SparsePattern(mask: mask, rows: parameter.rows, columns: parameter.columns))
    }
    var specification = config.specification(of: network, formats: formats, seed: seed)
    specification.regrowth = growth
    specification.needsGradients = growth == .gradient
    model = try backend.makeModel(specification)
    try model.load(state)
    train = whole.train
    test = whole.test
  }

  func whole(_ state: ModelState) -> ModelState { state }
  func counts() throws -> [LayerCount] { try model.counts() }

  func topologyEvents(replacing fraction: Double, beforeStep step: Int) -> [TopologyEvent] {
    entries.map {
      TopologyEvent($0.weight, count: PruneCount.count(sparsity: fraction, of: $0.count), step: step)
    }.filter { $0.count > 0 }
  }
}
