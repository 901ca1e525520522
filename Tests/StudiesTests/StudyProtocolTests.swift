import Dispatch
import Files
import GraphExec
import Pruning
import StudyFiles
import Synchronization
import TestSupport
import Testing

/// Protects what each key of a config promises of the training.
@Suite("Protocols of a study")
struct StudyProtocolTests {
  @Test("both strategies remove exactly the nearest number of entries or columns, none of the output layer")
  func exactCounts() throws {
    let study = try SmallStudy(
      #"pruning.strategies=["weight","neuron"]"#, "pruning.sparsities=[0.3, 0.97]", "training.epochs=2",
      "pruning.minimum_survivors=0")
    for row in try study.run() {
      let weights = try study.weights(study.files.run(row.runName).model)
      for (layer, matrix) in weights.enumerated() {
        let count = row.strategy == .weight ? matrix.values.count : matrix.columns
        let pruned = layer == 2 ? 0 : PruneCount.count(sparsity: row.sparsity, of: count)
        if row.strategy == .weight {
          #expect(matrix.values.count { $0 == 0 } == pruned)
        } else {
          let dead = (0..<matrix.columns).count { column in
            (0..<matrix.rows).allSatisfy { matrix.values[$0 * matrix.columns + column] == 0 }
          }
          #expect(dead == pruned)
        }
      }
      #expect(row.nnz == weights.reduce(0) { $0 + $1.values.count { $0 != 0 } })
    }
  }

  @Test("the output layer is pruned where the config says so")
  func outputLayer() throws {
    let study = try SmallStudy(
      "pruning.sparsities=[0.5]", "pruning.prune_output_layer=true", "training.epochs=1")
    let row = try study.run()[0]
    let output = try study.weights(study.files.run(row.runName).model)[2]
    #expect(output.values.count { $0 == 0 } == 80)
  }

  @Test("one-shot trains dense once for all runs of a seed, prunes it, and trains no further")
  func oneShot() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"one_shot"}"#, #"pruning.strategies=["weight","neuron"]"#,
      "pruning.sparsities=[0, 0.5]", "execution.concurrent_models=2")
    let observer = TestObserver()
    let rows = try study.run(observer: observer)
    #expect(observer.told.filter { $0 == "dense-seed1 starts after 0 of 4" }.count == 1)
    #expect(observer.planned == ["0 of \(rows.count) runs, \(rows.count + 4) epochs to come"])
    #expect(observer.told.filter { $0.hasPrefix("dense-seed1 epoch") }.count == 4)
    let dense = try study.weights(study.files.path + "/dense/seed1/model.safetensors")
    for row in rows {
      let run = study.files.run(row.runName)
      #expect(try MetricsRow.read(run.metrics).count == 1)
      #expect(try study.weights(run.initialModel) == dense)
      // What survives is as the dense training left it.
      for (pruned, dense) in zip(try study.weights(run.model), dense) {
        #expect(zip(pruned.values, dense.values).allSatisfy { $0 == 0 || $0 == $1 })
      }
    }
    // The unpruned control is the dense network: its accuracy is that of the training's last epoch.
    let last = try #require(try MetricsRow.read(study.files.path + "/dense/seed1/metrics.csv").last)
    #expect(rows[0].testAccuracy == last.testAccuracy)
    #expect(rows[0].nnz == 784 * 24 + 24 * 16 + 160)
    #expect(rows[2].nnz == 784 * 12 + 24 * 8 + 160)
    #expect(!FileSystem.exists(study.files.path + "/dense/seed1/checkpoint.safetensors"))
  }

  @Test("fine-tuning goes on with the pruned dense network, and its zeros stay zeros")
  func fineTune() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"one_shot","fine_tune_epochs":2}"#, "pruning.sparsities=[0.8]")
    let row = try study.run()[0]
    let run = study.files.run(row.runName)
    #expect(try MetricsRow.read(run.metrics).map(\.epoch) == [1, 2])
    let dense = try study.weights(study.files.path + "/dense/seed1/model.safetensors")
    let tuned = try study.weights(run.model)
    #expect(tuned[2] != dense[2])
    #expect(tuned[0].values.count { $0 == 0 } == PruneCount.count(sparsity: 0.8, of: 784 * 24))
    // The entries removed are the smallest of the dense training's.
    let largestRemoved =
      zip(tuned[0].values, dense[0].values).filter { $0.0 == 0 }.map { abs($0.1) }.max() ?? 0
    let smallestKept = zip(tuned[0].values, dense[0].values).filter { $0.0 != 0 }.map { abs($0.1) }.min() ?? 0
    #expect(largestRemoved <= smallestKept)
  }

  @Test("a polynomial schedule prunes at its steps, to the cubic's sparsity")
  func polynomial() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"polynomial","initial_sparsity":0.1,"begin_epoch":1,"end_epoch":3,"frequency":3}"#,
      "pruning.sparsities=[0.9]", "training.epochs=5")
    let cuts = Mutex<[[Int]]>([])
    let backend = try WrappingBackend {
      FaultyModel($0) { step, layer, count in cuts.withLock { $0.append([step, layer, count]) } }
    }
    let row = try study.run(backend)[0]
    // 300 images in batches of 64: 5 steps to an epoch; pruning from step 5 to 14, at every third and at the last.
    let expected = [5, 8, 11, 14].flatMap { step -> [[Int]] in
      let rest = 1 - Double(step - 5) / 9
      let sparsity = 0.9 - 0.8 * rest * rest * rest
      return [784 * 24, 24 * 16].enumerated().map {
        [step, $0, PruneCount.count(sparsity: sparsity, of: $1)]
      }
    }
    #expect(cuts.withLock { $0 } == expected)
    let nnz = try MetricsRow.read(study.files.run(row.runName).metrics).map(\.nnz)
    #expect(nnz[0] == 784 * 24 + 24 * 16 + 160)
    #expect(nnz[1] < nnz[0] && nnz[2] < nnz[1] && nnz[3] == nnz[2])
    #expect(row.nnz == 1882 + 38 + 160)
  }

  @Test("a polynomial schedule that begins and ends on one step prunes all at that step")
  func polynomialOneStep() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"polynomial","begin_epoch":1,"end_epoch":2}"#, "pruning.sparsities=[0.9]",
      "training.batch_size=300", "training.epochs=3")
    let row = try study.run()[0]
    #expect(row.nnz == 1882 + 38 + 160)
    #expect(try MetricsRow.read(study.files.run(row.runName).metrics).map(\.nnz) == [19360, 2080, 2080])
  }

  @Test("the unpruned control is trained once for all strategies")
  func control() throws {
    let study = try SmallStudy(
      #"pruning.strategies=["neuron","weight"]"#, "pruning.sparsities=[0, 0.5]", "training.epochs=1")
    #expect(
      try study.run().map(\.runName.description)
        == ["neuron-s0-seed1", "neuron-s0.5-seed1", "weight-s0.5-seed1"])
    // Another first strategy does not make it another network.
    var turned = study
    turned.config.pruning.strategies.reverse()
    let observer = TestObserver()
    #expect(
      try turned.run(observer: observer).map(\.runName.description)
        == ["neuron-s0-seed1", "weight-s0.5-seed1", "neuron-s0.5-seed1"])
    #expect(observer.told == [])
  }

  @Test("the dense trainings of two seeds go on side by side")
  func denseSideBySide() throws {
    let study = try SmallStudy(
      #"pruning.schedule={"name":"one_shot"}"#, #"pruning.strategies=["weight","neuron"]"#,
      "pruning.sparsities=[0.5]", "training.seeds=[1, 2]", "training.epochs=1",
      "execution.concurrent_models=2")
    // Each waits in its first epoch until the other is in its own; the limit only ends a test that fails.
    let met = DispatchSemaphore(value: 0)
    let arrived = Counter()
    let waitedInVain = Mutex(false)
    let backend = try WrappingBackend { model in
      FaultyModel(
        model,
        onEpoch: { _ in
          if arrived.next() == 2 {
            met.signal()
          } else if met.wait(timeout: .now() + 20) == .timedOut {
            waitedInVain.withLock { $0 = true }
          }
          met.signal()
        })
    }
    #expect(try study.run(backend).map(\.status) == Array(repeating: .finished, count: 4))
    #expect(!waitedInVain.withLock { $0 })
  }

  @Test(
    "with the output layer alone trained, hidden weights stay as drawn, except where pruned",
    arguments: [0, 0.5])
  func frozen(sparsity: Double) throws {
    let study = try SmallStudy(
      "training.trainable_layers=output", "training.optimizer.learning_rate=0.05",
      "pruning.sparsities=[\(sparsity)]")
    let row = try study.run()[0]
    let run = study.files.run(row.runName)
    let (before, after) = (try study.weights(run.initialModel), try study.weights(run.model))
    for layer in 0...1 {
      #expect(zip(before[layer].values, after[layer].values).allSatisfy { $1 == 0 || $0 == $1 })
      #expect(
        after[layer].values.count { $0 == 0 }
          == PruneCount.count(sparsity: sparsity, of: after[layer].values.count))
    }
    #expect(before[2] != after[2])
    #expect(row.testAccuracy > 0.2, "it learns")
  }

  @Test("training the output layer on stored features agrees with training it in the whole network")
  func frozenAgrees() throws {
    // One hidden layer of which the first step's gradient is the same: compare the first epoch of a single batch.
    let whole = try SmallStudy("training.epochs=1", "training.batch_size=300")
    let frozen = try SmallStudy(
      "training.epochs=1", "training.batch_size=300", "training.trainable_layers=output")
    let models = try [whole, frozen].map { study in
      try study.weights(study.files.run(study.run()[0].runName).model)
    }
    // Adam's first step is the learning rate by the gradient's sign, where the gradient is not close to zero.
    let differences = zip(models[0][2].values, models[1][2].values).map { abs($0 - $1) }
    #expect(differences.filter { $0 > 1e-5 }.count <= 2)
  }

  @Test("cumulative accuracies are the running means of the epochs' own")
  func cumulative() throws {
    let own = try SmallStudy("training.epochs=5")
    let running = try SmallStudy("training.epochs=5", "metrics.accuracy=cumulative")
    let rows = try [own, running].map { study in
      try MetricsRow.read(study.files.run(study.run()[0].runName).metrics)
    }
    for epoch in 1...5 {
      let mean = rows[0].prefix(epoch).reduce((train: 0, test: 0)) {
        ($0.train + $1.trainAccuracy, $0.test + $1.testAccuracy)
      }
      #expect(abs(rows[1][epoch - 1].trainAccuracy - mean.train / Double(epoch)) < 1e-12)
      #expect(abs(rows[1][epoch - 1].testAccuracy - mean.test / Double(epoch)) < 1e-12)
    }
    #expect(rows[0].map(\.trainLoss) == rows[1].map(\.trainLoss))
  }

  @Test("seeds are replicates: other weights, the same ones for every strategy")
  func seeds() throws {
    let study = try SmallStudy(
      #"pruning.strategies=["weight","neuron"]"#, "pruning.sparsities=[0.5]", "training.seeds=[3, 8]",
      "training.epochs=1")
    let rows = try study.run()
    #expect(
      rows.map(\.runName.description) == [
        "weight-s0.5-seed3", "neuron-s0.5-seed3", "weight-s0.5-seed8", "neuron-s0.5-seed8",
      ])
    let initial = try rows.map { try study.weights(study.files.run($0.runName).initialModel) }
    #expect(initial[0] == initial[1] && initial[2] == initial[3] && initial[0] != initial[2])
    // A replicate does not depend on the others.
    let alone = try SmallStudy("pruning.sparsities=[0.5]", "training.seeds=[8]", "training.epochs=1")
    #expect(try alone.run()[0].withoutTimes == rows[2].withoutTimes)
  }

  @Test("images held out for validation are neither trained nor tested on")
  func validation() throws {
    let folder = try TemporaryFolder()
    try folder.writeImages("all", first: 0, count: 90)
    try folder.writeImages("rest", first: 30, count: 60)
    let rows = try [("all", 30), ("rest", 0)].map { name, validation in
      let study = try SmallStudy(
        "dataset={\"name\":\"mnist\",\"directory\":\"\(folder(name))\",\"validation\":\(validation)}",
        "training.epochs=2", "training.batch_size=16")
      let row = try study.run()[0]
      return try MetricsRow.read(study.files.run(row.runName).metrics).map(\.withoutTimes)
    }
    #expect(rows[0] == rows[1])
  }

  @Test("without shuffling the images are taken in the file's order, else in an order of seed and epoch")
  func order() throws {
    let study = try SmallStudy("training.shuffle=false")
    #expect(study.config.order(epoch: 3, seed: 9, images: 5) == [0, 1, 2, 3, 4])
    let shuffled = try SmallStudy().config
    let order = shuffled.order(epoch: 3, seed: 9, images: 100)
    #expect(order.sorted() == (0..<100).map { $0 })
    #expect(order == shuffled.order(epoch: 3, seed: 9, images: 100))
    #expect(order != shuffled.order(epoch: 4, seed: 9, images: 100))
    #expect(order != shuffled.order(epoch: 3, seed: 10, images: 100))
  }
}

extension TemporaryFolder {
  /// Writes some of a fixed sequence of images as MNIST's training files; the test files are the same for all.
  func writeImages(_ name: String, first: Int, count: Int) throws {
    try FileSystem.createFolder(self(name))
    for (part, range) in [("train", first..<first + count), ("t10k", 0..<20)] {
      let count = UInt8(range.count)
      let pixels = range.flatMap { image in
        (0..<784).map { UInt8(truncatingIfNeeded: image &* 37 &+ $0 &* $0 / 5) }
      }
      try AtomicFile.write(
        [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28] + pixels,
        to: self("\(name)/\(part)-images-idx3-ubyte"))
      try AtomicFile.write(
        [0, 0, 8, 1, 0, 0, 0, count] + range.map { UInt8($0 % 10) },
        to: self("\(name)/\(part)-labels-idx1-ubyte"))
    }
  }
}
