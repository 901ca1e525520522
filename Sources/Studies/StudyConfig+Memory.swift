import Configs
import Device
import GraphExec

extension StudyConfig {
  /// Host memory that runs hold at least, in bytes: of each entry itself, the optimizer's slots and a mask, and a copy of all for the
  /// checkpoint, for every network that is trained at a time; and once more where the backend keeps its own in the host's
  /// memory.
  ///
  /// - Parameter count: the runs that are still to be trained.
  package func hostBytes(ofRuns count: Int, on backend: any Backend) -> Double {
    let entry = Double(5 + 4 * specification(masked: false).optimizer.slots.count)
    let isHost = (backend as? OpenCLBackend).map { $0.context.device.kind == .cpu } ?? true
    let copies: Double = isHost ? 3 : 2
    return copies * entry * Double(network.parameterCount) * Double(min(execution.concurrentModels, count))
  }

  /// - Throws: `OutOfHostMemory` where there is less.
  func requireHostMemory(forRuns count: Int, on backend: any Backend) throws {
    try AvailableMemory.require(
      hostBytes(ofRuns: count, on: backend),
      for: "networks of model.layers, \(min(execution.concurrentModels, count)) at a time, need",
      remedy: "make model.layers smaller or lower execution.concurrent_models")
  }
}
