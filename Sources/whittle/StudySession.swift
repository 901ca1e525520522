import Dispatch
import Experiments
import Foundation
import GraphExec
import Reports

/// A study as the terminal sees it: device, progress, Ctrl-C, and the table at the end.
struct StudySession {
  private let config: StudyConfig
  private let options: StudyOptions

  init(_ config: StudyConfig, options: StudyOptions) {
    self.config = config
    self.options = options
  }

  func run() throws {
    let backend = try BackendChoice.open(config.execution.device, sources: options.sources)
    let device = backend.summary
    let count = config.runs.count
    let layers = config.network.layers.map(String.init).joined(separator: "-")
    let progress = ProgressDisplay(isTerminal: isatty(STDOUT_FILENO) == 1)
    progress.say(
      "\(config.name): \(count) run\(count == 1 ? "" : "s") of \(layers) on \(device.name) (\(device.backend), "
        + "\(device.computeUnits) compute unit\(device.computeUnits == 1 ? "" : "s"))")
    let signal = StopSignal()
    let interrupts = Self.stopOnInterrupt(signal)
    defer { interrupts.forEach { $0.cancel() } }
    let study = try Study(
      config, data: StudyData(config, backend: backend), backend: backend, observer: progress, signal: signal,
      force: options.force)
    let rows: [SummaryRow]
    do {
      rows = try study.run()
    } catch {
      progress.close()
      throw error
    }
    progress.close()
    let results = try StudyResults(folder: URL(fileURLWithPath: config.output))
    progress.say("\n\(StudyTable(results).text)\nresults in \(config.output)")
    let failed = rows.filter { $0.status == .failed }
    if !failed.isEmpty { throw FailedRuns(rows: failed) }
  }

  /// Ctrl-C and a polite kill stop the study at its next step; a second one ends the process at once.
  private static func stopOnInterrupt(_ signal: StopSignal) -> [any DispatchSourceSignal] {
    [SIGINT, SIGTERM].map { number in
      Foundation.signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        // Not exit: its handlers would take the device from under the threads that use it.
        if signal.isStopped { _exit(1) }
        signal.stop()
      }
      source.resume()
      return source
    }
  }
}

/// Runs that could not go on; the others are finished.
struct FailedRuns: Error, CustomStringConvertible {
  let rows: [SummaryRow]

  var description: String {
    "\(rows.count) run\(rows.count == 1 ? "" : "s") failed: "
      + rows.map { "\($0.runName): \($0.note)" }.joined(separator: "; ")
  }
}
