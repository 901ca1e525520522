import ArgumentParser
import Files
import Foundation
import Reports
import StudyFiles

/// `whittle status`: how far a study is.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract:
      "Show how far a study is: which runs wait, which are under way and where, which are done or failed.",
    discussion: """
      It only reads the study's folder, and may be called from any machine that sees it. Epochs are those of each
      process's last heartbeat, at most 20 seconds old.

      Example: whittle status runs/pruning-challenge
      """)

  @Argument(
    help: "The study's folder, as 'whittle run' or 'whittle slurm' made it.", completion: .directory,
    transform: HomeFolder.expand)
  var runs: String

  @Flag(help: "Print one line of JSON.")
  var json = false

  func run() throws {
    let status = try StudyStatus(StudyFolder(runs))
    try Output.print(json ? JSONLine.encode(StatusReport(status)) : Self.text(status))
  }

  private static func text(_ status: StudyStatus) -> String {
    var lines = [
      "\(status.name): \(status.done.count) of \(status.runs.count) runs done, "
        + "\(status.running.count { $0.isRun }) running, \(status.waiting.count) waiting, "
        + "\(status.failed.count) failed"
    ]
    if status.measured > 0 { lines.append("\(status.measured) networks measured") }
    if !status.interrupted.isEmpty {
      lines.append(
        "interrupted, and gone on with by the next process: "
          + status.interrupted.map(\.description).joined(separator: ", "))
    }
    if !status.running.isEmpty {
      var table = TextTable(["running", "where", "epoch", "left", "heard"])
      for job in status.running {
        let (progress, worker) = (job.progress, job.worker)
        table.append([
          progress.job,
          "\(worker.host), " + (worker.slurmJob.map { "job \($0)" } ?? "process \(worker.process)"),
          progress.epochs > 0 ? "\(progress.epoch)/\(progress.epochs)" : "begins",
          progress.secondsLeft.map(RunProgress.duration) ?? "",
          "\(RunProgress.duration(job.silence)) ago",
        ])
      }
      lines += ["", table.text.trimmingCharacters(in: .newlines)]
    }
    for row in status.failed { lines.append("FAILED \(row.runName): \(row.note)") }
    return lines.joined(separator: "\n")
  }
}

/// What `whittle status --json` prints.
private struct StatusReport: Encodable {
  struct Job: Encodable {
    let job: String
    let isRun: Bool
    let host: String
    let process: Int32
    let slurmJob: String?
    let device: String
    let epoch: Int
    let epochs: Int
    let secondsLeft: Double?
    let secondsSilent: Double
  }

  struct Failure: Encodable {
    let run: String
    let note: String
  }

  let study: String
  let runs: Int
  let done: Int
  let measured: Int
  let running: [Job]
  let failed: [Failure]
  let interrupted: [String]
  let waiting: [String]

  init(_ status: StudyStatus) {
    study = status.name
    runs = status.runs.count
    done = status.done.count
    measured = status.measured
    running = status.running.map { job in
      Job(
        job: job.progress.job, isRun: job.isRun, host: job.worker.host, process: job.worker.process,
        slurmJob: job.worker.slurmJob, device: job.device, epoch: job.progress.epoch,
        epochs: job.progress.epochs, secondsLeft: job.progress.secondsLeft, secondsSilent: job.silence)
    }
    failed = status.failed.map { Failure(run: $0.runName.description, note: $0.note) }
    interrupted = status.interrupted.map(\.description)
    waiting = status.waiting.map(\.description)
  }
}
