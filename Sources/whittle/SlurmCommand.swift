import ArgumentParser
import Configs
import Files
import Foundation
import Studies
import StudyFiles

/// `whittle slurm`: a study as jobs of a Slurm cluster.
struct SlurmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slurm",
    abstract:
      "Submit a study to a Slurm cluster: an array of tasks for each stage, and a last job that reports.",
    discussion: """
      A task trains one run, or as many as the cluster's limit on arrays makes it. What builds on other runs comes in a
      later stage. Tasks save their last epoch when Slurm ends them, and are queued again. The last job measures all
      networks on one device and writes the report. The study's folder, this program and the working folder must be
      where all nodes see them.

        whittle slurm configs/pruning-challenge.json --partition gpu --time 1:00:00 --gpus 1 --dry-run
        whittle status runs/pruning-challenge
      """)

  @Argument(help: "The study's config, a JSON file.", transform: HomeFolder.expand)
  var config: String

  @OptionGroup var options: StudyOptions

  @Option(help: "Slurm's partition.")
  var partition: String?

  @Option(help: "The most time that a task may take, as sbatch takes it: minutes, or h:m:s.")
  var time: String?

  @Option(help: "GPUs for each task.")
  var gpus: Int?

  @Option(help: "CPUs for each task.")
  var cpus: Int?

  @Option(help: "The most tasks that run at a time.")
  var arrayLimit: Int?

  @Option(
    help: "Runs that a task trains, one after the other. (default: 1, or what the limit on arrays asks for)")
  var runsPerTask: Int?

  @Option(
    name: .customLong("sbatch"),
    help: ArgumentHelp("A further option of sbatch, as in --sbatch=--mem=4G.", valueName: "option"))
  var further: [String] = []

  @Flag(help: "Print the scripts, and submit nothing.")
  var dryRun = false

  func validate() throws {
    for (name, value) in [
      ("gpus", gpus), ("cpus", cpus), ("array-limit", arrayLimit), ("runs-per-task", runsPerTask),
    ] {
      if let value, value < 1 { throw ValidationError("--\(name) \(value): give 1 or more") }
    }
    let texts = [("partition", partition), ("time", time)] + further.map { ("sbatch", $0) }
    for (name, text) in texts where text?.contains(where: \.isNewline) == true {
      throw ValidationError("--\(name): give one line")
    }
    if options.force {
      throw ValidationError(
        "--force: each task would start over; remove the folder, or run whittle run --force")
    }
  }

  func run() throws {
    let study = try StudyConfig.load(path: config, overrides: options.configOverrides())
    let folder = StudyFolder(URL(fileURLWithPath: study.output).standardizedFileURL.path)
    let own = folder.path + "/slurm"
    let jobs = StudyJobs(study, runs: study.runs, in: folder)
    let limit = Slurm.maximumArraySize - 1
    let stages = try jobs.stages.enumerated().map { index, jobs in
      let least = (jobs.count + limit - 1) / limit
      if let runsPerTask, runsPerTask < least {
        throw ValidationError(
          "--runs-per-task \(runsPerTask): an array of this cluster has at most \(limit) tasks; "
            + "stage \(index + 1) has \(jobs.count) jobs, give \(least) or more")
      }
      let perTask = max(runsPerTask ?? 1, least)
      return SlurmScript.Stage(
        number: index + 1, jobs: jobs.count, tasks: (jobs.count + perTask - 1) / perTask)
    }
    let script = SlurmScript(
      name: study.name, program: Self.program, config: own + "/study.json", folder: folder.path,
      workingFolder: FileManager.default.currentDirectoryPath,
      request: SlurmScript.Request(
        partition: partition, time: time, gpus: gpus, cpus: cpus, arrayLimit: arrayLimit, further: further),
      arguments: (options.kernels.map { ["--kernels", URL(fileURLWithPath: $0).path] } ?? [])
        + (options.retry ? ["--retry"] : []))
    let scripts =
      stages.map { ("stage\($0.number).sh", script.script($0)) }
      + [("report.sh", script.reportScript(measures: !options.noMeasure))]
    if dryRun {
      for (name, text) in scripts { try Output.print("# \(own)/\(name)\n\(text)") }
      return
    }
    var config = study
    config.output = folder.path
    try FileSystem.createFolder(own)
    try AtomicFile.write(config.json.pretty, to: own + "/study.json")
    // For whittle status, until the first task opens the folder.
    if !FileSystem.exists(folder.config) { try AtomicFile.write(config.json.pretty, to: folder.config) }
    for (name, text) in scripts { try AtomicFile.write(text, to: "\(own)/\(name)") }
    let submitted = try submit(scripts.map { "\(own)/\($0.0)" })
    for (stage, job) in zip(stages, submitted) {
      try Output.print(
        "job \(job): stage \(stage.number), \(stage.jobs) job\(stage.jobs == 1 ? "" : "s") of the study in "
          + "\(stage.tasks) task\(stage.tasks == 1 ? "" : "s")")
    }
    try Output.print("job \(submitted[submitted.count - 1]): measures and reports, when they have ended")
    try Output.print("whittle status \(folder.path) shows how far it is")
  }

  /// Hands the scripts in, each after the one before it; all or none.
  private func submit(_ scripts: [String]) throws -> [String] {
    var submitted: [String] = []
    do {
      for script in scripts { submitted.append(try Slurm.submit(script, after: submitted.suffix(1))) }
    } catch {
      Slurm.cancel(submitted)
      throw error
    }
    return submitted
  }

  /// This program, wherever it was found.
  private static var program: String {
    (try? FileSystem.target(ofLink: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }
}
