import Files
import Foundation

/// Slurm's own programs.
enum Slurm {
  /// What `sbatch` and its like had to say.
  struct Failure: Error, CustomStringConvertible {
    let command: String
    let text: String

    var description: String {
      "\(command) failed: \(text.isEmpty ? "it says nothing" : text)"
    }
  }

  /// Hands a script in.
  ///
  /// - Parameter after: the jobs whose end it waits for, however they end.
  /// - Returns: the number of the job.
  static func submit(_ script: String, after: [String]) throws -> String {
    let dependency = after.isEmpty ? [] : ["--dependency=afterany:\(after.joined(separator: ":"))"]
    let answer = try run("sbatch", ["--parsable"] + dependency + [script])
    // A cluster's name may follow.
    return String(answer.prefix { $0 != ";" })
  }

  /// Takes jobs back.
  static func cancel(_ jobs: [String]) { if !jobs.isEmpty { _ = try? run("scancel", jobs) } }

  /// The most tasks that an array may have; what Slurm comes with where it does not say.
  static var maximumArraySize: Int {
    let configuration = (try? run("scontrol", ["show", "config"])) ?? ""
    for line in configuration.split(separator: "\n") where line.hasPrefix("MaxArraySize") {
      if let number = line.split(separator: "=").last.flatMap({ Int($0.filter(\.isNumber)) }) {
        return number
      }
    }
    return 1001
  }

  private static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let output = Pipe()
    process.standardOutput = output
    // A file without a name, not a pipe: nobody has to read it while the program runs.
    guard let file = tmpfile() else { throw FileError("create a file in", NSTemporaryDirectory()) }
    let errors = FileHandle(fileDescriptor: fileno(file))
    defer { fclose(file) }
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw Failure(command: program, text: "\(error)")
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      try errors.seek(toOffset: 0)
      let problem = String(decoding: try errors.readToEnd() ?? Data(), as: UTF8.self)
      let missing = "it is not on the PATH: run whittle slurm where jobs are submitted, or with --dry-run"
      throw Failure(
        command: program,
        text: process.terminationStatus == 127
          ? missing
          : problem.trimmingCharacters(in: .whitespacesAndNewlines).replacing("\n", with: "; "))
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
