import Foundation

/// The batch scripts of a study on Slurm: a job array for each stage, and a last job that measures and reports.
struct SlurmScript {
  /// What the cluster is asked for, for each task.
  struct Request {
    var partition: String?
    var time: String?
    var gpus: Int?
    var cpus: Int?
    /// Tasks of an array that run at a time.
    var arrayLimit: Int?
    /// Further options of sbatch, as they are.
    var further: [String] = []
  }

  /// An array of tasks, each of which trains its part of a stage's jobs.
  struct Stage {
    /// Counted from 1.
    let number: Int
    let jobs: Int
    let tasks: Int
  }

  let name: String
  /// This program, the config of the study that its tasks read, the study's folder, and where the tasks begin.
  let program: String
  let config: String
  let folder: String
  let workingFolder: String
  let request: Request
  /// Further arguments of `whittle run`.
  let arguments: [String]

  /// The script of a stage's array.
  func script(_ stage: Stage) -> String {
    let limit = request.arrayLimit.map { "%\($0)" } ?? ""
    return text(
      name: "\(name)-\(stage.number)", log: "stage\(stage.number)-%a.log",
      about: "Each task trains its part of the \(stage.jobs) job\(stage.jobs == 1 ? "" : "s") of stage "
        + "\(stage.number) of the study; others take over what it leaves.",
      directives: ["--array=0-\(stage.tasks - 1)\(limit)"],
      commands: [
        run(["--stage", "\(stage.number)"], shard: #""$((SLURM_ARRAY_TASK_ID + 1))/\#(stage.tasks)""#)
      ])
  }

  /// The script of the job that trains what is left, measures all networks on one device, and reports.
  func reportScript(measures: Bool) -> String {
    text(
      name: "\(name)-report", log: "report.log",
      about: "Trains what the arrays have left, if anything, "
        + (measures ? "measures all networks on one device, " : "") + "and writes the report.",
      directives: [],
      commands: [
        Self.line([program, "run", config, "--shared"] + arguments + (measures ? [] : ["--no-measure"])),
        Self.line([program, "report", folder]),
      ])
  }

  private func run(_ part: [String], shard: String) -> String {
    Self.line([program, "run", config] + part) + " --shard \(shard) "
      + Self.line(arguments + ["--no-measure"])
  }

  private func text(name: String, log: String, about: String, directives: [String], commands: [String])
    -> String
  {
    let options =
      [
        "--job-name=\(name)", "--output=\(folder)/slurm/\(log)", "--open-mode=append", "--requeue",
        "--signal=B:TERM@60", "--nodes=1", "--ntasks=1",
      ] + directives
      + [
        request.partition.map { "--partition=\($0)" }, request.time.map { "--time=\($0)" },
        request.gpus.map { "--gpus=\($0)" }, request.cpus.map { "--cpus-per-task=\($0)" },
      ].compactMap { $0 } + request.further
    return """
      #!/bin/bash
      \(options.map { "#SBATCH \(Self.directive($0))" }.joined(separator: "\n"))

      # \(about)
      # Written by whittle slurm. On a signal (the end of its time, a node that is needed for others) a task saves its last
      # epoch, and is queued again; a task that was killed is queued again up to ten times. Both go on from there.
      cd \(Self.quoted(workingFolder)) || exit 1
      cpus=${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-}}
      if [[ $cpus ]]; then export POCL_MAX_PTHREAD_COUNT=$cpus OPENBLAS_NUM_THREADS=$cpus; fi

      # The task itself: the number alone may be that of the whole array.
      task=$SLURM_JOB_ID
      if [[ ${SLURM_ARRAY_JOB_ID:-} ]]; then task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID; fi
      child=
      trap '[[ $child ]] && kill -TERM "$child" 2>/dev/null' TERM
      # Runs a command beside the shell, which only so can pass signals on.
      run() {
        "$@" &
        child=$!
        wait "$child"
        code=$?
        while kill -0 "$child" 2>/dev/null; do
          wait "$child"
          code=$?
        done
        child=
        # What a person cancels is not running any more for Slurm.
        if ((code == 143 || code > 128 && ${SLURM_RESTART_COUNT:-0} < 10)) &&
          [[ $(squeue --noheader --jobs="$task" --format=%T) == RUNNING ]]; then
          scontrol requeue "$task"
        fi
        return "$code"
      }

      \(commands.map { "run " + $0 }.joined(separator: " && "))

      """
  }

  private static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  /// A word of a shell's command.
  static func quoted(_ word: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%")
    if !word.isEmpty, word.allSatisfy(plain.contains) { return word }
    return "'" + word.replacing("'", with: #"'\''"#) + "'"
  }

  /// An option as sbatch reads it from a script: a space ends it, unless it is quoted.
  private static func directive(_ option: String) -> String {
    guard option.contains(where: { $0 == " " || $0 == "\"" }) else { return option }
    return "\"" + option.replacing("\"", with: "\\\"") + "\""
  }
}
