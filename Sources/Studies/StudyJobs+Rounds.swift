import Configs
import Files
import StudyFiles

/// The rounds of an iterative study. One whose sparsity the config asks for is that run; each of the others is a training
/// of its own, `rounds/<strategy>-s<sparsity>-seed<seed>`, like the run that it would be.
extension StudyJobs {
  /// The job of a round, 0 being the first training, in which nothing is pruned.
  ///
  /// - Parameter run: one with the round's strategy and seed.
  func round(_ round: Int, of run: RunName, _ schedule: IterativeSchedule) -> TrainingJob {
    let (name, isRun) = name(ofRound: round, of: run, schedule)
    guard !isRun else { return job(of: name) }
    let folder = folder.round(name)
    var own = config
    // A layer with a sparsity of its own is on its way to it, and stays when it is there.
    own.pruning.layers.own = own.pruning.layers.own.mapValues { min($0, name.sparsity) }
    return TrainingJob(
      label: Self.label(name, isRun: false), folder: folder, config: own, needs: labelsOfNeeds(of: name),
      isRun: false, kept: config.keptStep(of: name, in: folder), subject: Self.label(name, isRun: false))
  }

  /// The rounds that a run builds on, 0 being the first training: the one before its last and, where weights are set back to
  /// those of a step, the one that keeps them.
  func rounds(before run: RunName, _ schedule: IterativeSchedule) -> [Int] {
    let last = schedule.rounds(to: run.sparsity) - 1
    guard last >= 0 else { return [] }
    return schedule.keptStep == nil || last == 0 ? [last] : [last, 0]
  }

  /// What a round is called, and whether it is a run that the config asks for.
  func name(ofRound round: Int, of run: RunName, _ schedule: IterativeSchedule) -> (RunName, isRun: Bool) {
    let sparsity = schedule.sparsity(afterRounds: round)
    let asked = runs.first {
      $0.control == nil && $0.seed == run.seed && (round == 0 || $0.strategy == run.strategy)
        && IterativeSchedule.isSame($0.sparsity, sparsity) && isRound($0, schedule)
    }
    if let asked { return (asked, true) }
    return (RunName(strategy: round == 0 ? .weight : run.strategy, sparsity: sparsity, seed: run.seed), false)
  }

  static func label(_ name: RunName, isRun: Bool) -> String { isRun ? "\(name)" : "round-\(name)" }

  /// Whether other runs can go on from a run: it ends with a whole round, and no layer goes beyond that.
  private func isRound(_ run: RunName, _ schedule: IterativeSchedule) -> Bool {
    schedule.isWhole(run.sparsity)
      && (run.sparsity == 0 || config.pruning.layers.own.values.allSatisfy { $0 <= run.sparsity })
  }

  /// Where the first training of a seed is.
  func firstTraining(seed: UInt64) -> RunFolder {
    let unpruned = runs.first { $0.seed == seed && $0.sparsity == 0 }
    return unpruned.map(folder.run) ?? folder.round(RunName(strategy: .weight, sparsity: 0, seed: seed))
  }

  /// Makes runs of rounds that the config has come to ask for.
  ///
  /// - Throws: `FileError`.
  func adoptRounds() throws {
    guard case .iterative(let schedule) = config.pruning.schedule else { return }
    for run in runs where run.control == nil && isRound(run, schedule) {
      let name = RunName(
        strategy: run.sparsity == 0 ? .weight : run.strategy, sparsity: run.sparsity, seed: run.seed)
      let (round, own) = (folder.round(name).path, folder.run(run).path)
      guard FileSystem.exists(round), !FileSystem.exists(own) else { continue }
      try FileSystem.createFolder(folder.runs)
      // The row of a round is not quite that of its run, which is made of its other files.
      try FileSystem.removeFile(folder.round(name).result)
      try FileSystem.move(round, to: own)
    }
  }
}

extension IterativeSchedule {
  /// The step whose weights the first training keeps; nil where none is needed but the last.
  var keptStep: Int? { rewind == .weights && rewindStep > 0 ? rewindStep : nil }
}
