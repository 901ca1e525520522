import Backends
import Configs
import Files
import Foundation
import GraphExec
import Reports
import Studies
import StudyFiles

/// A study as the terminal sees it: device, progress, Ctrl-C, and the table at the end.
struct StudySession {
  private let config: StudyConfig
  /// Where the config is from, for messages.
  private let source: String
  private let options: StudyOptions
  /// What this process takes of a study that others work on, too; nil for all of it.
  private let share: StudyShare?

  init(_ config: StudyConfig, source: String, options: StudyOptions, share: StudyShare? = nil) {
    self.config = config
    self.source = source
    self.options = options
    self.share = share
  }

  func run() throws {
    let backend = try BackendChoice.open(config.execution.device, sources: options.sources)
    let device = backend.summary
    try options.check(backend)
    try BackendChoice.check(
      config.execution.format, on: backend, source: source, overrides: options.configOverrides())
    let count = config.runs.count
    let layers = Format.widths(config.network.widths)
    let progress = ProgressDisplay(Terminal.output)
    progress.say(
      "\(config.name): \(count) run\(count == 1 ? "" : "s") of \(layers) on \(device.name) ("
        + "\(device.backend == "cpu" ? device.version : device.backend), "
        + "\(device.computeUnits) compute unit\(device.computeUnits == 1 ? "" : "s"))")
    let reading = ReadingDisplay()
    let data = try StudyData(config, backend: backend) { reading.report($0, of: $1) }
    reading.close()
    data.warnings.forEach(ErrorStream.warn)
    let study = try Study(
      config, data: data, backend: backend, observer: progress, force: options.force, retry: options.retry,
      share: share)
    // Until here there is nothing to keep, and a signal ends the process as it does any other.
    let interrupts = Interrupts()
    let rows: [SummaryRow]
    do {
      rows = try study.run(stoppedBy: interrupts.signal, measures: !options.noMeasure)
    } catch {
      progress.close()
      if share == nil, (error as? StudyInterrupted)?.isTrained == true { try show(on: progress) }
      throw interrupts.explain(error)
    }
    progress.close()
    if let share, !share.isWhole {
      progress.say("this part is done; results in \(config.output)")
    } else {
      try show(on: progress)
    }
    let failed = rows.filter { $0.status == .failed }
    if !failed.isEmpty { throw FailedRuns(rows: failed) }
    try progress.check()
  }

  private func show(on progress: ProgressDisplay) throws {
    let results = try StudyResults(folder: URL(fileURLWithPath: config.output))
    progress.say(
      "\n\(StudyTable(results).text(width: Terminal.output.size.columns))\nresults in \(config.output)")
  }
}

/// Runs that could not go on; the others are finished.
struct FailedRuns: Error, CustomStringConvertible {
  let rows: [SummaryRow]

  var description: String {
    "\(rows.count) run\(rows.count == 1 ? "" : "s") failed: "
      + rows.map { "\($0.runName): \($0.note)" }.joined(separator: "; ") + "; --retry runs what failed again"
  }
}
