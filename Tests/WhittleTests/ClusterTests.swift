import Files
import Foundation
import StudyFiles
import TestSupport
import Testing

/// Protects what people of a cluster type and read; scripts/test-slurm runs it on a real one.
@Suite("Studies on clusters")
struct ClusterTests {
  private func json(_ folder: TemporaryFolder) throws -> [String: Any] {
    let outcome = try Tool.run(["status", "out", "--json"], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test("shards of processes that are killed and begun again leave what one process leaves")
  func shards() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    #expect(try Tool.run(["run", config, "--output", "alone"], in: folder.path).exitCode == 0)
    for shard in ["1/2", "2/2"] {
      var isKilled = false
      let command = ["run", config, "--shard", shard]
      let killed = try Tool.run(command, in: folder.path) { line, process in
        guard !isKilled, line.contains(": epoch 2") else { return }
        isKilled = true
        kill(process, SIGKILL)
      }
      #expect(killed.wasKilled)
      let outcome = try Tool.run(command, in: folder.path)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.output.hasSuffix("this part is done; results in out\n"))
    }
    try expectEqual(folder.comparable("out"), folder.comparable("alone"))
  }

  @Test("status tells of runs that wait, are done, failed, run somewhere, or were left")
  func status() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    let nothing = try Tool.run(["status", "out"], in: folder.path)
    #expect(nothing.exitCode == 65)
    #expect(
      nothing.errors
        == "whittle: out: holds no study: there is no config.json; 'whittle run' and 'whittle slurm' make one\n"
    )
    var running: [String: Any] = [:]
    let outcome = try Tool.run(["run", config, "--sequential"], in: folder.path) { line, process in
      guard running.isEmpty, line.hasPrefix("weight-s0.5-seed1: epoch 1 ") else { return }
      kill(process, SIGSTOP)
      running = (try? json(folder)) ?? [:]
      kill(process, SIGKILL)
    }
    #expect(outcome.wasKilled)
    #expect(running["done"] as? Int == 1)
    let job = try #require((running["running"] as? [[String: Any]])?.first)
    #expect(job["job"] as? String == "weight-s0.5-seed1" && job["is_run"] as? Bool == true)
    let left = try json(folder)
    #expect(left["interrupted"] as? [String] == ["weight-s0.5-seed1"])
    #expect(left["waiting"] as? [String] == ["weight-s0.5-seed1", "neuron-s0.5-seed1"])
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    let text = try Tool.run(["status", "out"], in: folder.path).output
    #expect(text == "tiny: 3 of 3 runs done, 0 running, 0 waiting, 0 failed\n3 networks measured\n")
  }

  @Test("a dry run shows an array for each stage and a last job, and writes nothing")
  func dryRun() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    let outcome = try Tool.run(
      [
        "slurm", config, "--dry-run", "--partition", "gpu", "--time", "1:00:00", "--gpus", "1", "--cpus", "2",
        "--array-limit", "4", "--sbatch=--mem=4G", "--output", "it's out",
        "--set", #"pruning.schedule={"name":"one_shot"}"#,
      ], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(
      lines.filter { $0.hasPrefix("#SBATCH --array=") } == ["#SBATCH --array=0-0%4", "#SBATCH --array=0-2%4"])
    for option in [
      "partition=gpu", "time=1:00:00", "gpus=1", "cpus-per-task=2", "mem=4G", "signal=B:TERM@60",
    ] {
      #expect(lines.count { $0 == "#SBATCH --\(option)" } == 3, "\(option)")
    }
    #expect(lines.contains { $0.hasPrefix("run ") && $0.contains("--stage 2 --shard ") })
    #expect(lines.contains { $0.contains(#"/it'\''s out/slurm/study.json' --shared"#) })
    #expect(try folder.names() == [config])
    // Scripts that a shell can read.
    try folder.write(outcome.output, "scripts.sh")
    let shell = try Tool.run(["-n", "scripts.sh"], in: folder.path, executable: "/bin/bash")
    #expect(shell.exitCode == 0, "\(shell.errors)")
  }

  @Test("an sbatch that has much to say, on either stream, is listened to")
  func talkative() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    // More than a pipe holds.
    try folder.write(
      """
      #!/bin/sh
      head -c 300000 /dev/zero | tr '\\0' w >&2
      case $0 in *sbatch) echo 7 ;; *) head -c 300000 /dev/zero | tr '\\0' '\\n' ;; esac
      """, "bin/sbatch")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder("bin/sbatch"))
    try FileManager.default.copyItem(atPath: folder("bin/sbatch"), toPath: folder("bin/scontrol"))
    let path = folder("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
    let outcome = try Tool.run(["slurm", config], in: folder.path, environment: ["PATH": path])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("7"), "\(outcome.output)")
    try folder.write("#!/bin/sh\necho no >&2\necho such partition >&2\nexit 1\n", "bin/sbatch")
    let refused = try Tool.run(
      ["slurm", config, "--output", "other"], in: folder.path, environment: ["PATH": path])
    #expect(refused.exitCode != 0)
    #expect(refused.errors.contains("sbatch failed: no; such partition"), "\(refused.errors)")
  }

  @Test(
    "what is not meant is refused in a line",
    arguments: [
      (["run", "tiny.json", "--shard", "9/8"], "--shard 9/8: give a part and how many there are, as in 3/8"),
      (["run", "tiny.json", "--stage", "0"], "--stage 0: stages are counted from 1"),
      (["slurm", "tiny.json", "--cpus", "0"], "--cpus 0: give 1 or more"),
    ])
  func refused(arguments: [String], reason: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.config()
    let outcome = try Tool.run(arguments, in: folder.path)
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
  }
}
