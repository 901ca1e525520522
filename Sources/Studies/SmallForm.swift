import Backends
import Configs
import GraphExec
import Pruning

/// A pruned network without its zeros: dead units removed, and each layer in the format that is faster on this device.
///
/// What is stored and counted keeps the original shapes: the state at the time of the change is kept on the host, and
/// the entries that live on are written back into it.
final class SmallForm: RunForm {
  let model: any Model
  let train: any ResidentSet
  let test: any ResidentSet
  /// What was taken over, in the small shapes.
  let initialState: ModelState
  private let compaction: Compaction
  /// The state at the change; without its slots where those were all zero, as in a schedule that prunes at step 0.
  private let base: ModelState
  private let baseCounts: [LayerCount]

  /// Takes over a state whose masks are settled; nil where every layer would stay as it is.
  ///
  /// - Parameters:
  ///   - seed: the run's.
  ///   - costs: what formats cost; nil where the backend has dense layers only.
  init?(
    _ state: ModelState, counts: [LayerCount], config: StudyConfig, seed: UInt64, costs: LayerCosts?,
    data: StudyData, backend: any Backend
  ) throws {
    guard config.execution.format != .dense else { return nil }
    compaction = Compaction(network: config.network, masks: state.masks)
    let small = compaction.compact(state)
    initialState = small
    let formats = FormatChoice(config.execution.format, costs: costs)
      .formats(of: compaction.compacted, original: config.network, masks: small.masks)
    guard !compaction.isIdentity || formats.contains(where: { $0 != .masked }),
      state.masks.contains(where: { $0.contains(0) })
    else { return nil }
    model = try backend.makeModel(
      config.specification(of: compaction.compacted, formats: formats, seed: seed))
    try model.load(small)
    let remembers = state.parameters.contains { $0.slots.contains { $0.values.contains { $0 != 0 } } }
    base =
      remembers
      ? state
      : ModelState(
        parameters: state.parameters.map { ParameterState($0.value, slots: [], mask: $0.mask) },
        step: state.step)
    baseCounts = counts
    train = data.train
    test = data.test
  }

  func whole(_ state: ModelState) -> ModelState { compaction.expand(state, into: base) }

  /// Survivors do not change while the masks are settled; faults are counted in the model that runs.
  func counts() throws -> [LayerCount] {
    zip(baseCounts, try model.counts()).map { base, small in
      LayerCount(
        survivors: base.survivors, revived: small.revived, notFinite: small.notFinite,
        liveColumns: base.liveColumns)
    }
  }
}
