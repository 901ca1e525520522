import Configs
import GraphExec
import Pruning

/// A network whose sparse weights change their entries while it trains: these are in CSR from the first step on, where the
/// backend executes that. No unit is removed, since entries may come back to it.
final class DynamicForm: RunForm {
  let model: any Model
  let train: any ResidentSet
  let test: any ResidentSet
  private let topology: DynamicTopology

  /// Takes over from a form of the whole network, which has been pruned.
  init(
    _ whole: any RunForm, growth: Regrowth, config: StudyConfig, seed: UInt64, backend: any Backend
  ) throws {
    let state = try whole.state()
    topology = DynamicTopology(
      masks: state.masks, network: config.network, executesSparse: backend.executesSparse)
    model = try backend.makeModel(
      config.specification(masked: true, seed: seed).regrowing(growth, topology))
    try model.load(state)
    train = whole.train
    test = whole.test
  }

  func whole(_ state: ModelState) -> ModelState { state }
  func counts() throws -> [LayerCount] { try model.counts() }

  func topologyEvents(replacing fraction: Double, beforeStep step: Int) -> [TopologyEvent] {
    topology.events(replacing: fraction, beforeStep: step)
  }
}
