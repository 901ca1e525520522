import Configs

extension StudyConfig {
  /// The keys that keep this config from going on with what an earlier one trained; those that only add to it are not among
  /// them.
  ///
  /// - Parameters:
  ///   - sameImages: whether both configs lead to the same images, however they name them.
  ///   - sameDevice: whether both lead to the same device.
  func obstacles(since earlier: StudyConfig, sameImages: Bool, sameDevice: Bool) -> [ConfigDifference] {
    differences(from: earlier).filter(\.affectsResults).compactMap { difference -> ConfigDifference? in
      switch difference.path {
      case let path where path.hasPrefix("dataset.normalization"): difference
      case let path where path.hasPrefix("dataset."): sameImages ? nil : difference
      case "execution.device": sameDevice ? nil : difference
      case "training.seeds": adds(difference, to: earlier.training.seeds, training.seeds)
      case "pruning.strategies": adds(difference, to: earlier.pruning.strategies, pruning.strategies)
      case "pruning.sparsities": adds(difference, to: earlier.pruning.sparsities, pruning.sparsities)
      case "pruning.controls": adds(difference, to: earlier.pruning.controls, pruning.controls)
      case "training.epochs": trainsLonger(difference, earlier.training.epochs, training.epochs)
      case "pruning.schedule.fine_tune_epochs": trainsLonger(difference, earlier.runEpochs, runEpochs)
      case "pruning.schedule.end_epoch": scheduled(difference)
      default: difference
      }
    }
  }

  private func adds<Item: Hashable>(
    _ difference: ConfigDifference, to old: [Item], _ new: [Item]
  ) -> ConfigDifference? {
    Set(old).isSubset(of: new)
      ? nil : difference.because("the list can be added to, but what it had must stay in it")
  }

  private func trainsLonger(_ difference: ConfigDifference, _ old: Int, _ new: Int) -> ConfigDifference? {
    if difference.path == "training.epochs", case .oneShot = pruning.schedule {
      return difference.because("pruning starts from the end of these epochs, which more of them would move")
    }
    if difference.path == "training.epochs", case .iterative = pruning.schedule {
      return difference.because(
        "each round starts from the end of the one before it, which more epochs would move")
    }
    let schedule = type(of: training.updates.schedule)
    if schedule.spansTraining {
      return difference.because("the \(schedule.name) schedule of the learning rate spans them all")
    }
    return new > old ? nil : difference.because("more epochs can be trained, fewer cannot")
  }

  private func scheduled(_ difference: ConfigDifference) -> ConfigDifference {
    difference.because(
      "each step was pruned by that schedule; --set pruning.schedule.end_epoch=\(difference.old ?? "") keeps it"
    )
  }
}

extension ConfigDifference {
  fileprivate func because(_ reason: String) -> ConfigDifference {
    var difference = self
    difference.reason = reason
    return difference
  }
}
