import Configs
import Files
import StudyFiles

/// What finished networks cost, measured one by one by one process, and so on one device.
extension Study {
  /// The job of measuring, as claims and heartbeats name it.
  static let measurementJob = "measurement"

  /// Runs that are trained now are measured anew.
  func forgetMeasurements() throws {
    let done = tables.done
    let known = measurements
    let kept = known.filter { done.contains($0.run) }
    if kept.count < known.count { try MeasurementRow.write(kept, to: folder.measurements) }
  }

  /// What was measured so far; a file that cannot be read is made anew.
  private var measurements: [MeasurementRow] {
    guard FileSystem.exists(folder.measurements) else { return [] }
    return (try? MeasurementRow.read(folder.measurements)) ?? []
  }

  /// The part of the training's time after which what networks cost is measured no more than once.
  private static let measuringShare = 0.05

  /// Measures every finished network that is not measured yet, unless another process does. Where hidden layers are frozen,
  /// no step trains the network as a whole, and there is nothing to compare.
  func measure(_ rows: [SummaryRow], _ signal: StopSignal) throws {
    let folders = rows.filter { $0.status == .finished }.map { folder.run($0.runName) }
    guard config.training.trainableLayers == .all, !folders.isEmpty else { return }
    guard try claims.take(Self.measurementJob, seen: claims.list()) else {
      return observer.warning("another process measures the networks")
    }
    defer { claims.release(Self.measurementJob) }
    try RunClaim(isShared: share != nil) { [claims] in try claims.check(Self.measurementJob) }.whileHeld {
      try measure(folders, trained: rows.reduce(0) { $0 + $1.seconds }, signal)
    }
  }

  private func measure(_ folders: [RunFolder], trained seconds: Double, _ signal: StopSignal) throws {
    let device = backend.summary.text
    var known = Dictionary(measurements.map { ($0.run, $0) }, uniquingKeysWith: { _, last in last })
    // Times of two devices are not compared.
    let others = Set(known.values.map(\.device)).subtracting([device, ""])
    if !others.isEmpty, folders.contains(where: { known[$0.name] == nil }) {
      observer.warning(
        "networks that were measured on \(others.sorted().joined(separator: "; ")) are measured again, on \(device)"
      )
      known = known.filter { !others.contains($0.value.device) }
    }
    let missing = folders.filter { known[$0.name] == nil }
    guard !missing.isEmpty else { return }
    observer.measuring(runs: missing.count)
    // However short the training was, to measure takes a small part of its time.
    let trained = seconds / Double(config.execution.concurrentModels)
    let measurement = try StudyMeasurement(
      config, data: data, backend: backend, costs: costs,
      patience: .seconds(Self.measuringShare * trained / Double(folders.count)))
    var writing = Pace(rest: 20)
    for (index, run) in missing.enumerated() {
      let row = try measurement.measure(run)
      known[run.name] = row
      observer.measured(row)
      // Stopping loses nothing, and a kill little.
      guard writing.isDue || signal.isStopped || index == missing.count - 1 else { continue }
      let start = ContinuousClock.now
      try MeasurementRow.write(folders.compactMap { known[$0.name] }, to: folder.measurements)
      writing.finish(from: start)
      try signal.check()
    }
  }
}
