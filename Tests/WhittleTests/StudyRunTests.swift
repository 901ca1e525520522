import Configs
import Files
import Glibc
import StudyFiles
import TestSupport
import Testing

/// Protects the main job: a config becomes the files of the design, the same ones each time.
@Suite("whittle run")
struct StudyRunTests {
  @Test("a study leaves the files of the design")
  func files() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(["run", try folder.config()], in: folder.path)
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("tiny: 3 runs of 784-32-10 on CPU") == true)
    #expect(lines.last == "results in out")
    #expect(lines.filter { $0.contains(": epoch ") }.count == 9)
    #expect(lines.filter { $0.contains(": done, ") }.count == 3)
    #expect(
      try FileSystem.names(in: folder("out")) == [
        ".lock", "config.json", "measurements.csv", "runs", "summary.csv", "summary.json",
      ])
    let study = StudyFolder(folder("out"))
    let runs = try study.existingRuns()
    #expect(
      runs.map(\.name.description) == [
        "neuron-s0.5-seed1", "weight-s0-seed1", "weight-s0.5-seed1",
      ])
    for run in runs {
      #expect(
        try FileSystem.names(in: run.path) == [
          "confusion.csv", "events.out.tfevents.0000000000.whittle", "initial.safetensors", "metrics.csv",
          "model.safetensors", "optimizer.safetensors", "result.csv", "test_accuracy.npy",
          "train_accuracy.npy",
        ])
      let rows = try MetricsRow.read(run.metrics)
      #expect(rows.map(\.epoch) == [1, 2, 3])
      #expect(try NumpyFile.read(run.trainAccuracy) == rows.map(\.trainAccuracy))
      #expect(try NumpyFile.read(run.testAccuracy) == rows.map(\.testAccuracy))
      #expect(rows.allSatisfy { $0.seconds > 0 && (0...1).contains($0.testAccuracy) })
      for (layer, shape) in [[784, 32], [32, 10]].enumerated() {
        let weights: [Float] = try SafetensorsFile.read(run.model).values(
          "layers.\(layer).weight", shape: shape)
        let zeros = weights.count { $0 == 0 }
        #expect(zeros == (layer == 0 ? Int(run.name.sparsity * Double(weights.count)) : 0))
      }
    }
    let header = String(decoding: try FileSystem.read(runs[0].metrics), as: UTF8.self).split(separator: "\n")[
      0]
    #expect(header.hasPrefix("epoch,train_loss,train_accuracy,test_accuracy,nnz,seconds,images_per_second"))
    let summary = String(decoding: try FileSystem.read(study.summaryCSV), as: UTF8.self).split(
      separator: "\n")
    #expect(summary.count == 4)
    #expect(
      summary[0].hasPrefix(
        "strategy,sparsity,seed,train_accuracy,test_accuracy,nnz,params,macs,compression_ratio,"
          + "theoretical_speedup,seconds"))
    let rows = try SummaryRow.read(study.summaryCSV)
    #expect(rows.map(\.nnz) == [25408, 12864, 12864])
    #expect(rows.allSatisfy { $0.params == 25408 && $0.macs == 25408 && $0.status == .finished })
    // Half of the hidden units, with their rows of the output layer.
    #expect(rows[2].theoreticalSpeedup == 25408.0 / (16 * (784 + 10)))
    #expect(rows[1].compressionRatio == 25408.0 / 12864 && rows[1].theoreticalSpeedup == 25408.0 / 12864)
    let measured = try MeasurementRow.read(study.measurements)
    #expect(measured.map(\.run) == rows.map(\.runName))
    #expect(measured.allSatisfy { $0.trainStepSeconds > 0 && $0.inferenceSeconds > 0 })
    #expect(measured[0].trainSpeedup == 1 && measured[0].inferenceSpeedup == 1)
    #expect(measured[2].formats == "compacted compacted" && measured[2].maxLogitDifference < 1e-3)
    #expect(measured[2].deviceBytes < measured[2].deviceBytesDense)
    #expect(measured[2].diskBytes < measured[2].diskBytesDense)
    // The stored config is a config: it repeats the study.
    #expect(try StudyConfig.load(path: study.config).name == "tiny")
  }

  @Test("a model at a time, two at once, and once more: the same bits", arguments: ["cpu", "auto"])
  func sameBits(device: String) throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    var studies: [[String: [UInt8]]] = []
    for options in [["--sequential"], ["--concurrency", "2"], ["--concurrency", "2"]] {
      let output = "out\(studies.count)"
      let outcome = try Tool.run(
        ["run", config, "--device", device, "--output", output] + options, in: folder.path)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      studies.append(try folder.comparable(output))
    }
    #expect(studies[0].count >= 3 * 7 + 3)
    expectEqual(studies[0], studies[1])
    expectEqual(studies[1], studies[2])
  }

  @Test("finished runs are not repeated")
  func finished() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    #expect(try Tool.run(["run", config], in: folder.path).exitCode == 0)
    let times = try folder.modificationTimes("out/runs")
    let again = try Tool.run(["run", config], in: folder.path)
    #expect(again.exitCode == 0)
    #expect(!again.output.contains("epoch "))
    #expect(!again.output.contains("measuring"))
    #expect(again.output.contains("results in out"))
    #expect(try folder.modificationTimes("out/runs") == times)
  }

  @Test("whittle train is a study of one run")
  func train() throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(
      [
        "train", "--strategy", "neuron", "--sparsity", "0.25", "--layers", "784-16-10", "--epochs", "2",
        "--device",
        "cpu", "--seed", "7", "--output", "one", "--set", "dataset.train=300", "--set", "dataset.test=100",
      ], in: folder.path)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let rows = try SummaryRow.read(folder("one/summary.csv"))
    #expect(rows.map(\.runName.description) == ["neuron-s0.25-seed7"])
    #expect(rows[0].nnz == 784 * 12 + 160)
  }

  @Test("whittle train refuses what is not a network with a line", arguments: ["784-x-10", "784--10", ""])
  func badLayers(layers: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Tool.run(["train", "--layers", layers], in: folder.path)
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.contains("--layers"))
  }
}

extension TemporaryFolder {
  /// When each file below a folder was written.
  fileprivate func modificationTimes(_ name: String) throws -> [String: Int] {
    var times: [String: Int] = [:]
    for run in try FileSystem.names(in: self(name)) {
      for file in try FileSystem.names(in: self("\(name)/\(run)")) {
        var status = stat()
        #expect(stat(self("\(name)/\(run)/\(file)"), &status) == 0)
        times["\(run)/\(file)"] = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
      }
    }
    return times
  }
}
