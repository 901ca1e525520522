import Datasets
import Files
import GraphExec
import Text

/// A study as its author describes it: every run follows from these values.
package struct StudyConfig: Equatable, Sendable {
  package var name: String
  /// A sentence for the report.
  package var description: String?
  package var dataset: DatasetConfig
  package var model: ModelConfig
  package var training: TrainingConfig
  package var pruning: PruningConfig
  package var metrics: MetricsConfig
  package var execution: ExecutionConfig
  /// The folder of the study's files, relative to the current directory.
  package var output: String

  /// A study with every default filled in.
  package init(
    name: String, description: String? = nil, dataset: DatasetConfig, model: ModelConfig,
    training: TrainingConfig, pruning: PruningConfig = PruningConfig(),
    metrics: MetricsConfig = MetricsConfig(),
    execution: ExecutionConfig = ExecutionConfig(), output: String? = nil
  ) {
    self.name = name
    self.description = description
    self.dataset = dataset
    self.model = model
    self.training = training
    self.pruning = pruning
    self.metrics = metrics
    self.execution = execution
    self.output = output ?? "runs/\(name)"
  }

  /// Decodes a config, reporting to the section's reader what is wrong; the value is only good if nothing was.
  package init(from section: ConfigSection) {
    // Lets an editor find the schema; means nothing to a study.
    _ = section.optionalString("$schema")
    name = section.requiredString("name")
    description = section.optionalString("description")
    let dataset = section.section("dataset")
    // Nothing is held against a data set that was refused.
    let set: KnownDataset?
    (self.dataset, set) = DatasetConfig.read(from: dataset)
    model = ModelConfig(from: section.section("model"), dataset: set)
    training = TrainingConfig(from: section.section("training"))
    pruning = PruningConfig(from: section.section("pruning"), epochs: training.epochs)
    metrics = MetricsConfig(from: section.section("metrics"))
    execution = ExecutionConfig(from: section.section("execution"))
    output = section.optionalString("output").map(HomeFolder.expand) ?? "runs/\(name)"
    section.finish()
    if output.isEmpty { section.report("output", "the path is empty") }
    checkName(section)
    checkWarmup(section)
    if training.trainableLayers == .output, pruning.schedule.changesLater {
      section.report(
        "pruning.schedule.name",
        "\(pruning.schedule.name.rawValue) changes hidden layers while training, which training.trainable_layers "
          + "\"output\" computes once; choose constant or one_shot", involving: ["training.trainable_layers"])
    }
    checkDynamicSchedule(section)
    checkFrozenLayers(section)
    let network = set == nil || model.isStandIn ? nil : model.network
    checkAugmentation(section, network)
    checkCriterion(section, network)
    if let network {
      checkPrunedLayers(section, network)
      checkEqualSize(section, network)
      checkInputGroups(section, network)
    }
  }

  /// Frozen layers run once, as a network of their own.
  private func checkFrozenLayers(_ section: ConfigSection) {
    let network = model.network
    guard training.trainableLayers == .output,
      network.parameters(of: network.outputLayer).first.map({ $0.index > 0 }) ?? false
    else { return }
    do throws(NetworkError) {
      _ = try network.cut(before: network.outputLayer)
    } catch {
      section.report(
        "training.trainable_layers",
        "\"output\" needs a network that can be cut before its last layer with a weight; \(error)",
        involving: ["model.layers"])
    }
  }

  /// The name is also a folder's.
  private func checkName(_ section: ConfigSection) {
    guard case .string? = section.members["name"] else { return }
    if !ConfigSection.isPlainName(name) || name.hasPrefix(".") {
      section.report(
        "name",
        "\(JSONValue.string(name).excerpt) is not a name for a folder; allowed: 1 to 100 letters, digits, '-', '_' "
          + "and '.', not starting with '.'")
    }
  }

  /// Each training goes through the schedule of the learning rate on its own, a fine-tuning too.
  private func checkWarmup(_ section: ConfigSection) {
    let warmup = training.updates.schedule.warmupEpochs
    guard case .oneShot(let epochs) = pruning.schedule, epochs > 0, warmup > Double(epochs) else { return }
    section.report(
      "training.schedule.warmup_epochs",
      "\(DecimalText.plain(warmup)) is more than pruning.schedule.fine_tune_epochs, \(epochs), "
        + "which warm up on their own", involving: ["pruning.schedule.fine_tune_epochs"])
  }

  /// The whole config, every default filled in, the keys in a fixed order.
  package var json: JSONValue {
    .object(
      JSONObject([
        ("name", .string(name)),
        ("description", description.map { .string($0) }),
        ("dataset", .object(dataset.json)),
        ("model", .object(model.json)),
        ("training", .object(training.json)),
        ("pruning", .object(pruning.json)),
        ("metrics", .object(metrics.json)),
        ("execution", .object(execution.json)),
        ("output", .string(output)),
      ]))
  }
}
