/** What the server answers, by operation: written by `npm run types` from schema/answers.json, not by hand. */

export interface Answers {
  "DELETE /api/runs/{id}": {
    done: string;
    id: number;
  };
  "GET /api/catalog": {
    carbon: {
      aliases: unknown[];
      figures: {
        [k: string]: unknown;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    chips: {
      aliases: string[];
      figures: {
        [k: string]:
          | boolean
          | {
              kind: string;
              unit?: string;
              value: number;
            }
          | string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    facility: {
      aliases: unknown[];
      figures: {
        [k: string]: {
          kind: string;
          unit?: string;
          value: number;
        };
      };
      kind: string;
      name: string;
      title: string;
    }[];
    facts: {
      aliases: unknown[];
      figures: {
        [k: string]: {
          kind: string;
          value: string;
        };
      };
      kind: string;
      name: string;
      title: string;
    }[];
    failures: {
      aliases: string[];
      figures: {
        [k: string]:
          | {
              kind: string;
              unit?: string;
              value: number;
            }
          | string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    grids: {
      aliases: string[];
      figures: {
        [k: string]: string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    models: {
      aliases: string[];
      figures: {
        [k: string]: boolean | number | string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    networks: {
      aliases: string[];
      figures: {
        [k: string]:
          | boolean
          | {
              kind: string;
              unit?: string;
              value: number;
            }
          | string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    prices: {
      aliases: unknown[];
      figures: {
        [k: string]: unknown;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    sites: {
      aliases: string[];
      figures: {
        [k: string]:
          | {
              kind: string;
              unit?: string;
              value: number;
            }
          | string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    software: {
      aliases: unknown[];
      figures: {
        [k: string]: boolean | number | string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
    sources: {
      citation: string;
      date: string;
      key: string;
      licence: string;
      title: string;
    }[];
    systems: {
      aliases: string[];
      figures: {
        [k: string]:
          | {
              kind: string;
              unit?: string;
              value: number;
            }
          | string;
      };
      kind: string;
      name: string;
      title: string;
    }[];
  };
  "GET /api/catalog/{kind}/{name}": {
    counted?: {
      active: number;
      total: number;
    };
    entry: {
      [k: string]: unknown;
    };
    kind: string;
    name: string;
    sources: {
      [k: string]: {
        citation: string;
        date: string;
        licence: string;
        title: string;
      };
    };
  };
  "GET /api/openapi.json": {
    components: {
      [k: string]: unknown;
    };
    info: {
      description: string;
      title: string;
      version: string;
    };
    openapi: string;
    paths: {
      [k: string]: unknown;
    };
    security: {
      token?: unknown[];
    }[];
  };
  "GET /api/runs": {
    runs: {
      created: string;
      end: string;
      events?: number;
      events_per_s?: number;
      finished?: string;
      fraction: number;
      futures: number;
      hash: string;
      id: number;
      name?: string;
      note?: string;
      scenario: string;
      seed: string;
      simulated_until?: string;
      start: string;
      started?: string;
      status: string;
      title: string;
      what?: string;
    }[];
  };
  "GET /api/runs/{id}": {
    created: string;
    end: string;
    events?: number;
    events_per_s?: number;
    finished?: string;
    fraction: number;
    futures: number;
    hash: string;
    id: number;
    name?: string;
    note?: string;
    scenario: string;
    seed: string;
    simulated_until?: string;
    start: string;
    started?: string;
    status: string;
    title: string;
    what?: string;
  };
  "GET /api/runs/{id}/document": {
    assumed: {
      high?: number;
      low?: number;
      path: string;
      reason?: string;
      source?: string;
      unit?: string;
      value: unknown;
    }[];
    balances: {
      name: string;
      parts?: {
        checkpoint: number;
        down: number;
        idle: number;
        lost: number;
        restart: number;
        useful: number;
      };
      residual: number;
      total: number;
      unit: string;
    }[];
    claims: {
      binding: string;
      claimed: number;
      claimed_upper?: number;
      explanation: string;
      high: number;
      id: string;
      low: number;
      nominal?: number;
      quantity: string;
      relation: string;
      source: string;
      statement: string;
      tolerance: number;
      turns: null | {
        from: string;
        input: string;
        text: string;
        to: string;
      };
      unit: string;
      value: number;
      verdict: string;
    }[];
    generated_by: string;
    inputs: {
      origin: string;
      path: string;
      source?: string;
      unit?: string;
      value: unknown;
    }[];
    jobs: {
      accelerators: number;
      accelerators_high?: number;
      accelerators_low?: number;
      accelerators_mean: number[];
      batch?: {
        completed: number;
        jobs: number;
        running: number;
        stopped: number;
        stretch_mean: number;
        wait_mean_s: number;
        wait_p50_s: number;
        wait_p95_s: number;
        waiting: number;
      };
      checkpoint_interval_s?: number;
      checkpoint_stall_s?: number;
      co2_t: number;
      co2_t_high?: number;
      co2_t_low?: number;
      cost_usd: number;
      cost_usd_high?: number;
      cost_usd_low?: number;
      distillation?: {
        cache_writing_days: number;
        logit_bytes: number;
        mode: string;
        student_flop: number;
        teacher_flop: number;
        waited_days: number;
      };
      end: null | string;
      end_high?: null | string;
      end_low?: null | string;
      energy_mwh: number;
      energy_mwh_high?: number;
      energy_mwh_low?: number;
      first_month: number;
      global_batch?: number;
      goodput: number;
      goodput_high?: number;
      goodput_low?: number;
      gpu_hours: {
        [k: string]: number;
      };
      interruptions: number;
      interruptions_by_cause?: {
        [k: string]: number;
      };
      interruptions_high?: number;
      interruptions_low?: number;
      it_energy_mwh: number;
      it_energy_mwh_by_site?: {
        [k: string]: number;
      };
      kind: string;
      lost_gpu_hours: number;
      lost_gpu_hours_by_cause?: {
        [k: string]: number;
      };
      lost_gpu_hours_high?: number;
      lost_gpu_hours_low?: number;
      memory_gb?: number;
      memory_gb_by?: {
        activations: number;
        buffers: number;
        gradients: number;
        logits?: number;
        optimizer: number;
        reserve: number;
        weights: number;
      };
      memory_limit_gb?: number;
      mfu: null | number;
      mfu_high?: null | number;
      mfu_low?: null | number;
      model: null | string;
      mttf_h?: number;
      mttf_h_high?: number;
      mttf_h_low?: number;
      name: string;
      nominal?: {
        accelerators: number;
        co2_t: number;
        cost_usd: number;
        end: null | string;
        energy_mwh: number;
        goodput: number;
        interruptions: number;
        lost_gpu_hours: number;
        mfu: null | number;
        mttf_h?: number;
        start: string;
        step_time_s: null | number;
        tokens: number;
      };
      plan: null | string;
      planned_days?: number;
      planned_stops?: number;
      preemptions?: number;
      sequence?: number;
      site: string;
      software?: string;
      start: string;
      start_high?: string;
      start_low?: string;
      status: string;
      step_breakdown?: {
        [k: string]: number;
      };
      step_time_high_s: null | number;
      step_time_low_s: null | number;
      step_time_s: null | number;
      system: string;
      teacher?: string;
      title: string;
      tokens: number;
      tokens_done?: number;
      tokens_high?: number;
      tokens_low?: number;
      wait_hours_mean?: number;
      wait_hours_p95?: number;
      water_m3?: number;
    }[];
    metrics: {
      job: {
        doc: string;
        form: string;
        name: string;
        unit: string;
      }[];
      site: {
        doc: string;
        form: string;
        name: string;
        unit: string;
      }[];
    };
    money: {
      bridge: {
        line: string;
        usd: number;
      }[];
      capex: {
        accelerators: number;
        generation: number;
        land: number;
        network: number;
        power_cooling: number;
        servers: number;
        shell: number;
      };
      depreciation: {
        accelerators?: number;
        generation?: number;
        network?: number;
        power_cooling?: number;
        servers?: number;
        shell?: number;
      };
      opex: {
        carbon: number;
        energy: number;
        maintenance: number;
        rent: number;
        staff: number;
        water: number;
      };
      quarters: {
        accelerators: number;
        book_value_usd: number;
        capex_usd: number;
        date: string;
        depreciation_usd: number;
        opex_usd: number;
        partners_usd: number;
      }[];
      usd_per_accelerator_hour: null | number;
    };
    scenario: {
      as_of: null | string;
      description: string;
      end: string;
      hash: string;
      name: string;
      seed: string;
      start: string;
      title: string;
    };
    series: {
      dates: string[];
      fleet: {
        accelerators: number[];
        accelerators_by_generation: {
          [k: string]: number[];
        };
        accelerators_high?: number[];
        accelerators_low?: number[];
        accelerators_nominal?: number[];
        capex_cumulative_usd: number[];
        capex_cumulative_usd_high?: number[];
        capex_cumulative_usd_low?: number[];
        capex_cumulative_usd_nominal?: number[];
        capex_total_usd: number[];
        capex_total_usd_high?: number[];
        capex_total_usd_low?: number[];
        capex_total_usd_nominal?: number[];
        capex_usd_by_category: {
          [k: string]: number[];
        };
        co2_t: number[];
        co2_t_high?: number[];
        co2_t_low?: number[];
        co2_t_nominal?: number[];
        energized_mw_facility: number[];
        energized_mw_facility_high?: number[];
        energized_mw_facility_low?: number[];
        energized_mw_facility_nominal?: number[];
        energized_mw_it: number[];
        energized_mw_it_high?: number[];
        energized_mw_it_low?: number[];
        energized_mw_it_nominal?: number[];
        energy_mwh: number[];
        energy_mwh_high?: number[];
        energy_mwh_low?: number[];
        energy_mwh_nominal?: number[];
        facility_mw: number[];
        facility_mw_high?: number[];
        facility_mw_low?: number[];
        facility_mw_nominal?: number[];
        failures: number[];
        failures_high?: number[];
        failures_low?: number[];
        failures_nominal?: number[];
        goodput: (null | number)[];
        goodput_high?: (null | number)[];
        goodput_low?: (null | number)[];
        goodput_nominal?: (null | number)[];
        it_mw: number[];
        it_mw_high?: number[];
        it_mw_low?: number[];
        it_mw_nominal?: number[];
        opex_cumulative_usd: number[];
        opex_cumulative_usd_high?: number[];
        opex_cumulative_usd_low?: number[];
        opex_cumulative_usd_nominal?: number[];
        opex_usd_by_category: {
          [k: string]: number[];
        };
        utilization: number[];
        utilization_high?: number[];
        utilization_low?: number[];
        utilization_nominal?: number[];
        water_m3: number[];
        water_m3_high?: number[];
        water_m3_low?: number[];
        water_m3_nominal?: number[];
      };
      per_site: {
        [k: string]: {
          accelerators: number[];
          accelerators_high?: number[];
          accelerators_low?: number[];
          accelerators_nominal?: number[];
          accelerators_waiting: number[];
          accelerators_waiting_high?: number[];
          accelerators_waiting_low?: number[];
          accelerators_waiting_nominal?: number[];
          capex_usd: number[];
          capex_usd_high?: number[];
          capex_usd_low?: number[];
          capex_usd_nominal?: number[];
          co2_t: number[];
          co2_t_high?: number[];
          co2_t_low?: number[];
          co2_t_nominal?: number[];
          energized_mw_facility: number[];
          energized_mw_facility_high?: number[];
          energized_mw_facility_low?: number[];
          energized_mw_facility_nominal?: number[];
          energized_mw_it: number[];
          energized_mw_it_high?: number[];
          energized_mw_it_low?: number[];
          energized_mw_it_nominal?: number[];
          energy_mwh: number[];
          energy_mwh_high?: number[];
          energy_mwh_low?: number[];
          energy_mwh_nominal?: number[];
          it_energy_mwh: number[];
          it_energy_mwh_high?: number[];
          it_energy_mwh_low?: number[];
          it_energy_mwh_nominal?: number[];
          load_mw_facility: number[];
          load_mw_facility_high?: number[];
          load_mw_facility_low?: number[];
          load_mw_facility_nominal?: number[];
          load_mw_facility_peak: number[];
          load_mw_facility_peak_high?: number[];
          load_mw_facility_peak_low?: number[];
          load_mw_facility_peak_nominal?: number[];
          load_mw_it: number[];
          load_mw_it_high?: number[];
          load_mw_it_low?: number[];
          load_mw_it_nominal?: number[];
          opex_usd: number[];
          opex_usd_high?: number[];
          opex_usd_low?: number[];
          opex_usd_nominal?: number[];
          water_m3: number[];
          water_m3_high?: number[];
          water_m3_low?: number[];
          water_m3_nominal?: number[];
        };
      };
    };
    sites: {
      accelerators: number;
      accelerators_high?: number;
      accelerators_low?: number;
      assumed: boolean;
      capex_usd: number;
      capex_usd_high?: number;
      capex_usd_low?: number;
      co2_t: number;
      co2_t_high?: number;
      co2_t_low?: number;
      energized_mw_facility: number;
      energized_mw_facility_high?: number;
      energized_mw_facility_low?: number;
      energized_mw_it: number;
      energized_mw_it_high?: number;
      energized_mw_it_low?: number;
      energy_mwh: number;
      energy_mwh_high?: number;
      energy_mwh_low?: number;
      first_power_date: null | string;
      first_power_date_high?: string;
      first_power_date_low?: string;
      it_energy_mwh: number;
      it_energy_mwh_high?: number;
      it_energy_mwh_low?: number;
      latitude: null | number;
      limiting: string;
      longitude: null | number;
      milestones: {
        assumed: boolean;
        date: string;
        phase: string;
        what: string;
      }[];
      name: string;
      nominal?: {
        accelerators: number;
        capex_usd: number;
        co2_t: number;
        energized_mw_facility: number;
        energized_mw_it: number;
        energy_mwh: number;
        first_power_date: string;
        it_energy_mwh: number;
        opex_usd: number;
        pue: number;
        water_m3: number;
      };
      opex_usd: number;
      opex_usd_high?: number;
      opex_usd_low?: number;
      overhead_energy_mwh: {
        [k: string]: number;
      };
      phases?: {
        energized: string;
        facility_mw: number;
        name: string;
        service: string;
        site: string;
        start: string;
        system: string;
      }[];
      pue: null | number;
      pue_high?: number;
      pue_low?: number;
      title: string;
      typical_day?: {
        carbon_kg_per_kwh: number;
        dry_bulb_c: number[][];
        pue: number[][];
        water_l_per_kwh_it: number[][];
      };
      water_m3: number;
      water_m3_high?: number;
      water_m3_low?: number;
    }[];
    sources: {
      key: string;
      title: string;
      url?: string;
    }[];
    summary: {
      events: number;
      headline: {
        high?: number;
        id: string;
        label: string;
        low?: number;
        nominal?: number;
        note?: string;
        unit: string;
        value: unknown;
      }[];
      runs: number;
      wall_s: number;
    };
    version: number;
    warnings: string[];
  };
  "GET /api/runs/{id}/series": {
    entity: string;
    high: (null | number)[];
    label: string;
    low: (null | number)[];
    max: number[];
    mean: number[];
    metric: string;
    min: number[];
    t: number[];
    unit: string;
  };
  "GET /api/runs/{id}/series/index": {
    series: {
      entity: string;
      from: string;
      label?: string;
      metric: string;
      points: number;
      to: string;
      unit: string;
    }[];
  };
  "GET /api/runs/{id}/toml": {
    toml: string;
  };
  "GET /api/runs/{id}/trace": {
    displayTimeUnit: string;
    traceEvents: {
      args?: {
        [k: string]: number | string;
      };
      cat?: string;
      dur?: number;
      name: string;
      ph: string;
      pid: number;
      tid?: number;
      ts?: number;
    }[];
  };
  "GET /api/scenario/schema": {
    $id: string;
    $schema: string;
    additionalProperties: boolean;
    properties: {
      [k: string]: unknown;
    };
    required: string[];
    title: string;
    type: string;
  };
  "GET /api/scenarios": {
    scenarios: {
      description: string;
      file: string;
      name: string;
      title: string;
      toml: string;
    }[];
  };
  "GET /api/validation": {
    groups: {
      bias_pct: number;
      by: string;
      median_abs_pct: number;
      n: number;
      p90_abs_pct: number;
      value: string;
    }[];
    level_a: {
      interval_coverage_80: number;
      macro_median_abs_pct: number;
      median_abs_pct: number;
      p90_abs_pct: number;
      rows: number;
      within_10_pct: number;
    };
    memory: {
      fit_recall: number;
      fit_rows: number;
      measured_rows: number;
      median_abs_pct: number;
      oom_recall: number;
      oom_rows: number;
    };
    overall: {
      interval_coverage_80: number;
      macro_median_abs_pct: number;
      median_abs_pct: number;
      p90_abs_pct: number;
      rows: number;
      within_10_pct: number;
    };
    predicted: number;
    ranking: {
      chosen_within_3_pct: number;
      groups: number;
      least_spearman: number;
      median_regret_pct: number;
      median_spearman: number;
      plans: number;
      source: string;
      worst_regret_pct: number;
    }[];
    rows: {
      accelerator: string;
      citation: string;
      error_pct: number;
      generation: string;
      gpus: number;
      high_s: number;
      id: string;
      kind: string;
      level: string;
      low_s: number;
      measured_s: number;
      model: string;
      plan: string;
      precision: string;
      predicted_s: number;
      seq: number;
      source: string;
      time: {
        [k: string]: number;
      };
    }[];
    rows_total: number;
    scaling: {
      kind: string;
      median_abs_pct: number;
      p90_abs_pct: number;
      pairs: number;
      series: number;
      source: string;
    }[];
    skipped: {
      id: string;
      why: string;
    }[];
    worst: {
      error_pct: number;
      high_s: number;
      id: string;
      level: string;
      low_s: number;
      measured_s: number;
      predicted_s: number;
      source: string;
      time: {
        [k: string]: number;
      };
    }[];
  };
  "GET /api/version": {
    data_hash: string;
    features: string[];
    version: string;
  };
  "PATCH /api/runs/{id}": {
    created: string;
    end: string;
    events: number;
    finished: string;
    fraction: number;
    futures: number;
    hash: string;
    id: number;
    name: string;
    note?: string;
    scenario: string;
    seed: string;
    simulated_until: string;
    start: string;
    started: string;
    status: string;
    title: string;
  };
  "POST /api/across": {
    activation_gb?: number;
    bandwidth_needed_tbps: {
      hierarchical: number;
      "low-communication": number;
      pipeline: number;
      synchronous: number;
    };
    gpus?: number;
    gradient_gb: number;
    inner_steps: number;
    micro_batches?: number;
    overlap: number;
    plan?: string;
    rows: {
      capacity_tbps: number;
      distance_km: number;
      exchange_s: number;
      latency_s: number;
      lost_accelerators?: number;
      scheme: string;
      slowdown: number;
      step_time_s: number;
    }[];
    sites: number;
    step_time_s: number;
  };
  "POST /api/ask": {
    answers: {
      formula: string;
      high: number;
      low: number;
      name: string;
      unit: string;
      value: number;
    }[];
    inputs: {
      high: number;
      low: number;
      name: string;
      source: string;
      unit: string;
      value: number;
    }[];
    question: string;
  };
  "POST /api/claims": {
    claims: {
      binding: string;
      claimed: number;
      claimed_upper?: number;
      explanation: string;
      high: number;
      id: string;
      low: number;
      quantity: string;
      relation: string;
      source: string;
      statement: string;
      tolerance: number;
      turns: null | {
        from: string;
        input: string;
        text: string;
        to: string;
      };
      unit: string;
      value: number;
      verdict: string;
    }[];
    scenario: string;
    seed: number;
  };
  "POST /api/fit": {
    causes: {
      count: number;
      high: number;
      low: number;
      name: string;
      rate_per_accelerator_hour: number;
      repair_mean_h: number;
      repair_median_h: number;
      repairs: number;
      repairs_no_length: number;
    }[];
    faults: number;
    format: string;
    gaps: {
      better: string;
      exponential: {
        goodness: {
          ks_distance: number;
          ks_p: number;
        };
        log_likelihood: number;
        rate_per_h: number;
        stderr: number;
      };
      simultaneous: number;
      variation: {
        stderr: number;
        value: number;
      };
      weibull: {
        goodness: {
          ks_distance: number;
          ks_p: number;
        };
        log_likelihood: number;
        scale_h: number;
        scale_stderr_h: number;
        shape: number;
        shape_stderr: number;
      };
    };
    lemons: {
      dispersion: number;
      expected_by_chance: number;
      fault_share: number;
      node_share: number;
      p95_by_chance: number;
    };
    nodes: number;
    nodes_with_faults: number;
    notes: string[];
    observed_days: number;
    open_repairs: number;
    problem_examples: unknown[];
    problem_reasons: {};
    problems: number;
    rate_per_accelerator_hour: number;
    rate_per_node_day: {
      stderr: number;
      value: number;
    };
    records: number;
    repair: {
      goodness: {
        ks_distance: number;
        ks_p: number;
      };
      log_mean_days: number;
      log_mean_stderr: number;
      log_sigma: number;
      log_sigma_stderr: number;
      mean_h: number;
      mean_is_lower_bound: boolean;
      median_h: number;
      no_length: number;
      open: number;
      p95_h: number;
      samples: number;
    };
    repeats: number;
    unavailability: number;
    unknown_ends: number;
    within_outage: number;
  };
  "POST /api/net": {
    algorithm?: string;
    bus_bandwidth_GBps: null | number;
    busiest_links: {
      bytes: number;
      cables: number;
      capacity_GBps: number;
      flows: number;
      link: string;
      tier: number;
      utilization: number;
    }[];
    channels?: number;
    classes: number;
    endpoints: number;
    events: number;
    fairness: null | number;
    flows: number;
    library?: string;
    lower_bound_s: number;
    makespan_s: number;
    model: string;
    nccl?: {
      channels: number;
      collective: string;
      gpus_per_node: number;
      host: string;
      multicast: null | {
        across_GBps: number;
        channels: number;
        inside_GBps: number;
        one_sided: boolean;
      };
      nics_per_node: number;
      nodes: number;
      ranks: number;
      rings: {
        across_GBps: number;
        channels: number;
        inside_GBps: number;
        one_sided: boolean;
      };
      sizes: {
        algorithm: string;
        bandwidth_GBps: number;
        bus_bandwidth_GBps: number;
        bytes: number;
        channel_limit: number;
        channels: number;
        latency_us: number;
        options: {
          algorithm: string;
          bandwidth_GBps: number;
          latency_us: number;
          protocol: string;
          time_us: number;
        }[];
        protocol: string;
        time_us: number;
      }[];
      system: string;
      trees: {
        across_GBps: number;
        channels: number;
        inside_GBps: number;
        one_sided: boolean;
      };
      version: string;
    };
    phases?: {
      classes: number;
      flows: number;
      name: string;
      repeats: number;
      seconds: number;
    }[];
    programs?: {
      alone_s: number;
      bytes: number;
      finish_s: number;
      flows: number;
      name: string;
      seconds: number;
      slower: number;
      start_s: number;
    }[];
    protocol?: string;
    routing: string;
    solve_s: number;
    tiers: {
      bytes: number;
      links: number;
      mean_utilization: number;
      tier: number;
    }[];
    topology: string;
    tried?: {
      algorithm: string;
      bus_bandwidth_GBps: null | number;
      left_out: null | string;
      seconds: null | number;
    }[];
  };
  "POST /api/operate": {
    alternatives: {
      days: {
        p10: number;
        p50: number;
        p90: number;
      };
      goodput: {
        p10: number;
        p50: number;
        p90: number;
      };
      interruptions: number;
      name: string;
      saved_days: number;
      saved_gpu_hours: number;
      starved_share: number;
      text: string;
      unfinished: number;
    }[];
    checkpoint: {
      best_s: number;
      daly_s: number;
      lag_s: number;
      stall_s: number;
      used_s: number;
      young_s: number;
    };
    days: {
      p10: number;
      p50: number;
      p90: number;
    };
    detection_s: number;
    ettr_closed_form: number;
    failures: string;
    finish: {
      p10: string;
      p50: string;
      p90: string;
    };
    futures: number;
    goodput: {
      p10: number;
      p50: number;
      p90: number;
    };
    gpus: number;
    interrupted: boolean;
    interruptions: number;
    mfu: number;
    model: string;
    mttf_h: number;
    node_mttf_h: number;
    nodes: number;
    plan: string;
    repair_mean_h: number;
    restart_s: number;
    seed: number;
    spare_choices: {
      days: {
        p10: number;
        p50: number;
        p90: number;
      };
      goodput: {
        p10: number;
        p50: number;
        p90: number;
      };
      interruptions: number;
      name: string;
      nodes: number;
      saved_days: number;
      saved_gpu_hours: number;
      shortage: number;
      starved_share: number;
      text: string;
      unfinished: number;
    }[];
    spares: {
      held: number;
      needed: number;
      shortage: number;
    };
    start: string;
    step_time_s: number;
    system: string;
    unfinished: number;
    work_days: number;
  };
  "POST /api/plan": {
    binding: {
      constraint: string;
      kind: string;
      limit: number;
      one_less: null | number;
      one_more: number;
      period?: string;
      unit: string;
    }[];
    bound: null | number;
    check?: {
      months: {
        accelerators: number;
        capex_usd: number;
        date: string;
        facility_mw: number;
        facility_mwh: number;
        opex_usd: number;
        run_accelerators: number;
        run_capex_usd: number;
        run_facility_mw: number;
        run_facility_mwh: number;
        run_opex_usd: number;
      }[];
      worst_accelerators: number;
      worst_capex: number;
      worst_energy: number;
      worst_facility_mw: number;
      worst_month_of_energy: number;
      worst_opex: number;
    };
    conflict?: {
      constraint: string;
      kind: string;
      limit: number;
      period?: string;
      unit: string;
    }[];
    deliveries: {
      accelerators: number;
      capex_usd: number;
      date: string;
      site: string;
      system: string;
      vendor: string;
    }[];
    frontier?: {
      accelerators: number;
      bound: number;
      budget_usd: number;
      capex_usd: number;
      cost_usd: number;
      factor: number;
      gap: number;
      objective: number;
      status: string;
    }[];
    gap: null | number;
    goal: {
      by: string;
      quantity: string;
      unit: string;
    };
    holding?: {
      constraint: string;
      kind: string;
      limit: number;
      period?: string;
      unit: string;
    }[];
    irreducible?: boolean;
    money?: {
      accelerator_hours: number;
      book_value_less_debt_at_end_usd: number;
      capex_usd: number;
      depreciation: {
        accelerators: number;
        generation: number;
        network: number;
        power_cooling: number;
        servers: number;
        shell: number;
      };
      discount_rate: number;
      existing_capex_usd: number;
      existing_opex_usd: number;
      irr: number;
      irr_before_debt_and_tax: number;
      levelised: {
        capex_usd_per_w: number;
        usd_per_accelerator_hour: number;
        usd_per_exaflop: number;
        usd_per_million_tokens: null;
        usd_per_mw_month: number;
      };
      models: unknown[];
      npv_before_debt_and_tax_usd: number;
      npv_usd: number;
      operation_bridge: {
        escalation: number;
        existing: number;
        run: number;
      };
      opex_usd: number;
    };
    nearest?: {
      asked: number;
      quantity: string;
      reachable: number;
      unit: string;
    };
    objective: null | number;
    options: {
      chosen: boolean;
      first_service: string;
      largest_mw: number;
      name: string;
      site: string;
    }[];
    phases: {
      accelerators: number;
      capex_usd: number;
      energized: string;
      facility_mw: number;
      financing: string;
      it_mw: number;
      largest_mw: number;
      name: string;
      service: string;
      site: string;
      start: string;
      system: string;
    }[];
    program?: {
      columns: number;
      entries: number;
      nodes: number;
      rows: number;
      solver: string;
    };
    robust?: {
      all_decided_now: number;
      bound: number;
      case_known_now: number;
      cases: {
        lead_factor: number;
        name: string;
        objective: number;
        phases: {
          facility_mw: number;
          name: string;
          ordered: string;
          start: string;
        }[];
        probability: number;
      }[];
      decide: string;
      expected: number;
      gap: number;
      status: string;
      value_of_knowing: number;
      value_of_waiting: number;
    };
    scenario: null | string;
    slips?: {
      accelerator_hours: number;
      phase: string;
      service_days: number;
      site: string;
      step: string;
      training_flop: number;
      usd: number;
    }[];
    spend: {
      accelerators: number;
      capex: {
        accelerators: number;
        generation: number;
        land: number;
        network: number;
        power_cooling: number;
        servers: number;
        shell: number;
      };
      capex_usd: number;
      cash_usd: number;
      date: string;
      debt_drawn_usd: number;
      debt_repaid_usd: number;
      debt_usd: number;
      depreciation_usd: number;
      existing: {
        accelerators: number;
        capex_usd: number;
        facility_mw: number;
        opex_usd: number;
      };
      facility_mw: number;
      interest_usd: number;
      opex: {
        carbon: number;
        energy: number;
        maintenance: number;
        rent: number;
        staff: number;
        water: number;
      };
      opex_usd: number;
      partner_capex_usd: number;
      plan_capex_usd: number;
      plan_opex_usd: number;
      revenue_usd: number;
      tax_usd: number;
    }[];
    status: string;
    supply: {
      cost_usd: number;
      date: string;
      name: string;
      ordered: string;
      power_mw: number;
      site: string;
    }[];
  };
  "POST /api/power": {
    accelerator_clock: number;
    accelerator_it_w: {
      attention: number;
      host: number;
      idle: number;
      optimizer: number;
      products: number;
      scale_out: number;
      scale_up: number;
      waiting: number;
    };
    accelerators: number;
    bands_mw: {
      "0.1-55_hz": number;
      "0.1-5_hz": number;
      "5-55_hz": number;
    };
    batteries?: {
      battery_mwh: number;
      holds: boolean;
      swing_mw: number;
      worst: number;
    }[];
    breaker?: {
      load_of_rating: number;
      rating_mw: number;
      trips_at_s: null;
    };
    chain: string;
    change_15s_mw: number;
    dt_s: number;
    facility_capacity_mw: number;
    facility_losses_mw: {
      busway: number;
      cooling: number;
      transformer: number;
      "ups-double-conversion": number;
    };
    facility_pue: number;
    it_capacity_mw: number;
    it_mean_mw: number;
    it_min_mw: number;
    it_peak_mw: number;
    it_step_mean_mw: number;
    it_swing_mw: number;
    level: string;
    limit: {
      applies: boolean;
      checks: {
        at_s: number;
        bound: number;
        high_hz: null | number;
        holds: boolean;
        low_hz: null | number;
        unit: string;
        value: number;
        what: string;
      }[];
      date: string;
      holds: boolean;
      holds_without_mitigation?: boolean;
      name: string;
      source: string;
      status: string;
      title: string;
      version: string;
      worst: number;
      worst_check: string;
    };
    limits: {
      applies: boolean;
      checks: {
        at_s: number;
        bound: number;
        high_hz: null | number;
        holds: boolean;
        low_hz: null | number;
        unit: string;
        value: number;
        what: string;
      }[];
      date: string;
      holds: boolean;
      name: string;
      source: string;
      status: string;
      title: string;
      version: string;
      worst: number;
      worst_check: string;
    }[];
    mean_mw: number;
    min_mw: number;
    mitigation: {
      battery_mwh: number;
      charge_high?: number;
      charge_low?: number;
      control?: string;
      energy_overhead_pct: number;
      floor_share?: number;
      holds: boolean;
      jobs?: number;
      loss_mw?: number;
      mean_mw: number;
      min_mw: number;
      name: string;
      peak_mw: number;
      power_mw?: number;
      price_usd?: null | number;
      software_ramp_mw_per_s?: number;
      sold_mwh?: number;
      swing_mw: number;
    }[];
    mitigation_combined: boolean;
    oscillation: {
      bus_change_pct?: number;
      bus_high_pu?: number;
      bus_low_pu?: number;
      modes: {
        amplitude_mw: number;
        damping: number;
        drive_mw: number;
        gain: number;
        hz: number;
        resonance_gain: number;
        settled: boolean;
      }[];
      short_circuit_ratio?: number;
    };
    peak_mw: number;
    peak_to_mean: number;
    periodic: boolean;
    ramp_100ms_mw_per_s: number;
    ramp_1s_mw_per_s: number;
    ramp_mw_per_s: number;
    ride_through: {
      device: string;
      dips: {
        at_s: number;
        back_from_s: number;
        back_to_s: number;
        facility_lost_mw: number;
        jobs_interrupted: boolean;
        lost_from_s: number;
        seconds: number;
        servers_trip: boolean;
        stays_on_battery: boolean;
        transfers_to_battery: boolean;
        voltage_pu: number;
      }[];
      limits: {
        holds: boolean;
        name: string;
        points: {
          connected: boolean;
          facility_lost_mw: number;
          high_pu: number;
          low_pu: number;
          recovered: boolean;
          seconds: number;
        }[];
      }[];
    };
    samples: number;
    seconds: number;
    site: string;
    spectrum: {
      hz: number;
      mw: number;
    }[];
    step_period_s: number;
    swing_mw: number;
    verdict: string;
    waveform: {
      facility_high_mw: number[];
      facility_low_mw: number[];
      seconds: number;
    };
    waveform_mitigated?: {
      facility_high_mw: number[];
      facility_low_mw: number[];
      seconds: number;
    };
    window_mean_mw: number;
  };
  "POST /api/replay": {
    bounded_slowdown: {
      max: number;
      mean: number;
      median: number;
      p90: number;
      p99: number;
    };
    busy_max: number;
    events: number;
    first_submit: string;
    interrupted: boolean;
    it_energy_mwh: number;
    it_peak_mw: number;
    jobs: number;
    last_end: string;
    log: {
      cluster_units: number;
      findings: unknown[];
      format: string;
      jobs: number;
      lines: number;
      notes: unknown[];
      unit: string;
      unit_hours: number;
    };
    lost_unit_hours: number;
    makespan_s: number;
    never_started: number;
    never_started_first: unknown[];
    notes: string[];
    outside_signal: number;
    policy: string;
    preemptions: number;
    queue_max: number;
    seed: number;
    signal_mean: number;
    signal_share: number;
    sizes: {
      bounded_slowdown_mean: number;
      from: number;
      jobs: number;
      to: number;
      wait_max_s: number;
      wait_mean_s: number;
    }[];
    times: number;
    too_large: number;
    too_large_first: unknown[];
    unit: string;
    units: number;
    utilisation: number;
    utilization: number;
    wait_s: {
      max: number;
      mean: number;
      median: number;
      p90: number;
      p99: number;
    };
    waited: number;
  };
  "POST /api/run": {
    as_of: null | string;
    bands?: {
      jobs: {
        high: {
          cost_usd: number;
          end: null | string;
          goodput: number;
          interruptions: number;
          start: string;
        };
        low: {
          cost_usd: number;
          end: null | string;
          goodput: number;
          interruptions: number;
          start: string;
        };
        median: {
          cost_usd: number;
          end: null | string;
          goodput: number;
          interruptions: number;
          start: string;
        };
        name: string;
      }[];
      sites: {
        high: {
          accelerators: number;
          capex_usd: number;
          co2_t: number;
          energized_mw_facility: number;
          energized_mw_it: number;
          energy_mwh: number;
          first_power_date: string;
          it_energy_mwh: number;
          limiting: string;
          name: string;
          opex_usd: number;
          pue: number;
          water_m3: number;
        };
        low: {
          accelerators: number;
          capex_usd: number;
          co2_t: number;
          energized_mw_facility: number;
          energized_mw_it: number;
          energy_mwh: number;
          first_power_date: string;
          it_energy_mwh: number;
          limiting: string;
          name: string;
          opex_usd: number;
          pue: number;
          water_m3: number;
        };
        median: {
          accelerators: number;
          capex_usd: number;
          co2_t: number;
          energized_mw_facility: number;
          energized_mw_it: number;
          energy_mwh: number;
          first_power_date: string;
          it_energy_mwh: number;
          limiting: string;
          name: string;
          opex_usd: number;
          pue: number;
          water_m3: number;
        };
        name: string;
      }[];
    };
    claims: {
      binding: string;
      claimed: number;
      claimed_upper?: number;
      explanation: string;
      high: number;
      id: string;
      low: number;
      nominal?: number;
      quantity: string;
      relation: string;
      source: string;
      statement: string;
      tolerance: number;
      turns: null | {
        from: string;
        input: string;
        text: string;
        to: string;
      };
      unit: string;
      value: number;
      verdict: string;
    }[];
    currency_year: number;
    end: string;
    events: number;
    expired_forecasts: {
      date: string;
      source: string;
      what: string;
    }[];
    fleet: {
      accelerators: number;
      accelerators_high?: number;
      accelerators_low?: number;
      capex_usd: number;
      capex_usd_high?: number;
      capex_usd_low?: number;
      date: string;
      facility_mw: number;
      facility_mw_high?: number;
      facility_mw_low?: number;
      it_mw: number;
      it_mw_high?: number;
      it_mw_low?: number;
      load_facility_mw: number;
      load_facility_mw_high?: number;
      load_facility_mw_low?: number;
      load_it_mw: number;
      load_it_mw_high?: number;
      load_it_mw_low?: number;
      nominal?: {
        accelerators: number;
        capex_usd: number;
        facility_mw: number;
        it_mw: number;
        load_facility_mw: number;
        load_it_mw: number;
      };
    }[];
    futures?: {
      count: number;
      failures: string;
      high: string;
      low: string;
      nominal: string;
      of_the_nominal_run: string[];
      value: string;
    };
    hash: string;
    interrupted: boolean;
    jobs: {
      accelerators: number;
      accelerators_high?: number;
      accelerators_low?: number;
      checkpoint_interval_s?: number;
      checkpoint_stall_s?: number;
      co2_t: number;
      co2_t_high?: number;
      co2_t_low?: number;
      cost_usd: number;
      cost_usd_high?: number;
      cost_usd_low?: number;
      distillation?: {
        cache_writing_days: number;
        logit_bytes: number;
        mode: string;
        student_flop: number;
        teacher_flop: number;
        waited_days: number;
      };
      end: null | string;
      end_high?: null | string;
      end_low?: null | string;
      energy_mwh: number;
      energy_mwh_high?: number;
      energy_mwh_low?: number;
      goodput: number;
      goodput_high?: number;
      goodput_low?: number;
      gpu_hours: {
        [k: string]: number;
      };
      interruptions: number;
      interruptions_by_cause?: {
        [k: string]: number;
      };
      interruptions_high?: number;
      interruptions_low?: number;
      kind: string;
      lost_gpu_hours: number;
      lost_gpu_hours_by_cause?: {
        [k: string]: number;
      };
      lost_gpu_hours_high?: number;
      lost_gpu_hours_low?: number;
      mfu: null | number;
      mfu_high?: null | number;
      mfu_low?: null | number;
      model: null | string;
      mttf_h?: number;
      mttf_h_high?: number;
      mttf_h_low?: number;
      name: string;
      nominal?: {
        accelerators: number;
        co2_t: number;
        cost_usd: number;
        end: null | string;
        energy_mwh: number;
        goodput: number;
        interruptions: number;
        lost_gpu_hours: number;
        mfu: null | number;
        mttf_h?: number;
        start: string;
        step_time_s: null | number;
        tokens: number;
      };
      plan: null | string;
      site: string;
      start: string;
      start_high?: string;
      start_low?: string;
      status: string;
      step_time_high_s: null | number;
      step_time_low_s: null | number;
      step_time_s: null | number;
      system: string;
      teacher?: string;
      tokens: number;
      tokens_high?: number;
      tokens_low?: number;
    }[];
    money: {
      bridge: {
        line: string;
        usd: number;
      }[];
      capex: {
        accelerators: number;
        generation: number;
        land: number;
        network: number;
        power_cooling: number;
        servers: number;
        shell: number;
      };
      depreciation: {
        accelerators: number;
        generation?: number;
        network: number;
        power_cooling: number;
        servers: number;
        shell: number;
      };
      opex: {
        carbon: number;
        energy: number;
        maintenance: number;
        rent: number;
        staff: number;
        water: number;
      };
      quarters: {
        accelerators: number;
        book_value_usd: number;
        capex_usd: number;
        date: string;
        depreciation_usd: number;
        opex_usd: number;
        partners_usd: number;
      }[];
      totals: {
        book_value_usd_end: number;
        capex_of_partners_usd: number;
        capex_usd: number;
        depreciation_usd: number;
        jobs_usd: number;
        opex_usd: number;
      };
      usd_per_accelerator_hour: number;
    };
    reliability: {
      availability: number;
      failures_by_cause: {
        [k: string]: number;
      };
      gpu_hours: {
        [k: string]: number;
      };
      worst_availability: number;
    };
    runs: number;
    scenario: string;
    seed: number;
    sites: {
      accelerators: number;
      accelerators_high?: number;
      accelerators_low?: number;
      capex_usd: number;
      capex_usd_high?: number;
      capex_usd_low?: number;
      co2_t: number;
      co2_t_high?: number;
      co2_t_low?: number;
      energized_mw_facility: number;
      energized_mw_facility_high?: number;
      energized_mw_facility_low?: number;
      energized_mw_it: number;
      energized_mw_it_high?: number;
      energized_mw_it_low?: number;
      energy_mwh: number;
      energy_mwh_high?: number;
      energy_mwh_low?: number;
      first_power_date: string;
      first_power_date_high?: string;
      first_power_date_low?: string;
      it_energy_mwh: number;
      it_energy_mwh_high?: number;
      it_energy_mwh_low?: number;
      limiting: string;
      name: string;
      nominal?: {
        accelerators: number;
        capex_usd: number;
        co2_t: number;
        energized_mw_facility: number;
        energized_mw_it: number;
        energy_mwh: number;
        first_power_date: string;
        it_energy_mwh: number;
        opex_usd: number;
        pue: number;
        water_m3: number;
      };
      opex_usd: number;
      opex_usd_high?: number;
      opex_usd_low?: number;
      pue: number;
      pue_high?: number;
      pue_low?: number;
      water_m3: number;
      water_m3_high?: number;
      water_m3_low?: number;
    }[];
    snapshot?: string;
    start: string;
    wall_s: number;
    warnings: string[];
  };
  "POST /api/runs": {
    id: number;
  };
  "POST /api/scenario/check": {
    diagnostics: {
      code: string;
      column: number;
      file: string;
      hint: string;
      key: string;
      length: number;
      line: number;
      message: string;
      severity: string;
    }[];
    end?: string;
    hash?: string;
    name?: string;
    ok: boolean;
    start?: string;
    title?: string;
  };
  "POST /api/search": {
    best?: {
      evidence: {
        distance: number;
        gpus: number;
        model: string;
        run: string;
        step_time_s: number;
        tokens_per_s_per_gpu: number;
      };
      high_s: number;
      low_s: number;
      memory_gb: number;
      mfu: number;
      needs: string;
      plan: {
        cp: number;
        cuda_graph: boolean;
        dp: number;
        ep: number;
        etp: number;
        first_layers: number;
        flash_attention: boolean;
        last_layers: number;
        micro_batch: number;
        offload_activations: boolean;
        offload_optimizer: boolean;
        pp: number;
        precision: string;
        recompute: string;
        schedule: string;
        sequence_parallel: boolean;
        shard_group: number;
        text: string;
        tp: number;
        vpp: number;
        zero: number;
      };
      rank_closed?: number;
      score: number;
      step_time_closed_s?: number;
      step_time_s: number;
    }[];
    candidates_per_cpu_s?: number;
    candidates_per_s?: number;
    evaluated?: number;
    explanation?: unknown[];
    feasible?: boolean;
    fit?: number;
    global_batch?: number;
    gpu_front?: {
      gpus: number;
      step_time_s: number;
      tokens_per_s: number;
    }[];
    hint?: string;
    legal?: number;
    network?: {
      fabric: string;
      model: string;
      ranked: number;
      routing: string;
    };
    pareto?: {
      memory_gb: number;
      mfu: number;
      plan: {
        cp: number;
        cuda_graph: boolean;
        dp: number;
        ep: number;
        etp: number;
        first_layers: number;
        flash_attention: boolean;
        last_layers: number;
        micro_batch: number;
        offload_activations: boolean;
        offload_optimizer: boolean;
        pp: number;
        precision: string;
        recompute: string;
        schedule: string;
        sequence_parallel: boolean;
        shard_group: number;
        text: string;
        tp: number;
        vpp: number;
        zero: number;
      };
      score: number;
      step_time_s: number;
    }[];
    pruned?: number;
    reason?: string;
    scaling?: {
      best?: {
        memory_gb: number;
        mfu: number;
        plan: {
          cp: number;
          cuda_graph: boolean;
          dp: number;
          ep: number;
          etp: number;
          first_layers: number;
          flash_attention: boolean;
          last_layers: number;
          micro_batch: number;
          offload_activations: boolean;
          offload_optimizer: boolean;
          pp: number;
          precision: string;
          recompute: string;
          schedule: string;
          sequence_parallel: boolean;
          shard_group: number;
          text: string;
          tp: number;
          vpp: number;
          zero: number;
        };
        score: number;
        step_time_s: number;
      };
      efficiency?: number;
      global_batch: number;
      gpus: number;
      on_front?: boolean;
      reason?: string;
      tokens_per_s?: number;
    }[];
    scaling_kind?: string;
    seq?: number;
  };
  "POST /api/serving": {
    accelerator_w: number;
    batch: number;
    best?: {
      accelerator_w: number;
      batch: number;
      concurrency: number;
      cost_usd_per_million_tokens: number;
      energy_j_per_token: number;
      interval: {
        high: number;
        low: number;
      };
      it_mw: number;
      kv_cache_gb: number;
      kv_cache_room_gb: number;
      memory_gb: number;
      plan: {
        accelerators: number;
        dp: number;
        ep: number;
        pp: number;
        prefill: {
          dp: number;
          ep: number;
          pp: number;
          replicas: number;
          tp: number;
        };
        replicas: number;
        tp: number;
      };
      requests_per_s: number;
      time: {
        [k: string]: number;
      };
      tokens_per_s: number;
      tokens_per_s_per_gpu: number;
      tokens_per_s_per_user: number;
      tpot_ms: {
        p50: number;
        p99: number;
      };
      ttft_ms: {
        p50: number;
        p99: number;
      };
    }[];
    concurrency: number;
    cost_basis: string;
    cost_usd_per_million_tokens: number;
    energy_j_per_token: number;
    evaluated?: number;
    interval: {
      high: number;
      low: number;
    };
    it_mw: number;
    kv_cache_gb: number;
    kv_cache_room_gb: number;
    memory_gb: number;
    pareto?: {
      concurrency: number;
      cost_usd_per_million_tokens: number;
      energy_j_per_token: number;
      plan: {
        accelerators: number;
        dp: number;
        ep: number;
        pp: number;
        prefill?: {
          dp: number;
          ep: number;
          pp: number;
          replicas: number;
          tp: number;
        };
        replicas: number;
        tp: number;
      };
      tokens_per_s_per_gpu: number;
      tokens_per_s_per_user: number;
      ttft_ms: number;
    }[];
    plan: {
      accelerators: number;
      dp: number;
      ep: number;
      pp: number;
      prefill?: {
        dp: number;
        ep: number;
        pp: number;
        replicas: number;
        tp: number;
      };
      replicas: number;
      tp: number;
    };
    plans?: number;
    requests_per_s: number;
    requests_simulated: number;
    simulation?: {
      batch: number;
      events: number;
      preemptions: number;
      requests: number;
      tokens_per_s_per_replica: number;
      tpot_ms: {
        p50: number;
        p99: number;
      };
      ttft_ms: {
        p50: number;
        p99: number;
      };
    };
    time: {
      [k: string]: number;
    };
    tokens_per_s: number;
    tokens_per_s_per_gpu: number;
    tokens_per_s_per_user: number;
    tpot_ms: {
      p50: number;
      p99: number;
    };
    ttft_ms: {
      p50: number;
      p99: number;
    };
    wall_s?: number;
    engine: string;
  };
  "POST /api/site": {
    bill_usd: {
      grid_energy: number;
    };
    calls: {
      hours: number;
      lost_mwh: number;
      shifted_mwh: number;
      unreturned_mwh: number;
    };
    chain: string;
    co2_kg_per_it_mwh: number;
    co2_market_t: number;
    co2_t: number;
    co2_with_embodied_t: number;
    cost_usd: number;
    cost_usd_per_it_mwh: number;
    declared: {
      pue: number;
      water_l_per_kwh: number;
    };
    design_it_mw: number;
    dispatch: {
      battery_charge_mwh: number;
      battery_discharge_mwh: number;
      curtailed_mwh: number;
      exported_mwh: number;
      gas_mwh: number;
      gave_way_mwh: number;
      grid_mwh: number;
      nuclear_mwh: number;
      remote_mwh: number;
      renewable_mwh: number;
      unserved_mwh: number;
    };
    duals: {
      grid_mw: {
        one_less_costs_usd: number;
        one_more_saves_usd: number;
      };
      load_usd_per_mwh: {
        hours_with_two_prices: number;
        one_less_saves_mean: number;
        one_more_costs_mean: number;
      };
    };
    embodied: {
      servers_t: number;
      servers_t_of_these_hours: number;
      shell_t: number;
      shell_t_of_these_hours: number;
      water_m3_of_these_hours: number;
    };
    facility_mw_max: number;
    facility_mwh: number;
    gap: number;
    grid_highest_mw: number[];
    hours: number;
    it_mwh: number;
    losses_mwh: {
      busway: number;
      chillers: number;
      cooling_fans: number;
      cooling_pumps: number;
      house: number;
      transformer: number;
      "ups-double-conversion": number;
    };
    method: string;
    months: {
      facility_mwh: number;
      highest_mw: number;
      it_mwh: number;
      month: string;
      pue: number;
      throttled_mwh: number;
      water_m3: number;
    }[];
    notes: unknown[];
    plant: string;
    pue_max: number;
    pue_mean: number;
    series: {
      daily_mean: {
        carbon_g_per_kwh: number[];
        dry_bulb_c: number[];
        facility_mw: number[];
        grid_mw: number[];
        it_mw: number[];
        price_usd_per_mwh: number[];
        pue: number[];
        throttled_mw: number[];
        unserved_mw: number[];
        water_m3: number[];
        wet_bulb_c: number[];
      };
      duration: {
        carbon_g_per_kwh: number[];
        dry_bulb_c: number[];
        facility_mw: number[];
        grid_mw: number[];
        it_mw: number[];
        price_usd_per_mwh: number[];
        pue: number[];
        throttled_mw: number[];
        unserved_mw: number[];
        water_m3: number[];
        wet_bulb_c: number[];
      };
      first: string;
    };
    site: string;
    sources: {
      available_mwh: number;
      co2_t: number;
      kind: string;
      levelised_usd_per_mwh: number;
      mwh: number;
      name: string;
      running_unit_hours: number;
      starts: number;
      usd: number;
      usd_per_mwh: number;
    }[];
    throttled_hours: number;
    throttled_mwh: number;
    unserved: {
      hours: number;
      mwh: number;
      worst_mw: number;
    };
    water_l_per_kwh: number;
    water_m3: number;
    weather: string;
  };
  "POST /api/step": {
    cost_basis: string;
    cost_usd_per_trillion_tokens: number;
    gpus: number;
    hfu: number;
    interval: {
      high: number;
      low: number;
    };
    memory: {
      allocated_gb: number;
      by: {
        [k: string]: number;
      };
      fits: boolean;
      host_gb: number;
      host_limit_gb: number;
      limit_gb: number;
      peak_gb: number;
      peak_stage: number;
    };
    mfu: number;
    mfu_causal: number;
    micro_batches: number;
    model: string;
    model_flops: number;
    network?: {
      busiest_links: {
        alike: number;
        by: {
          kind: string;
          share: number;
        }[];
        bytes: number;
        cables: number;
        capacity_GBps: number;
        link: string;
        tier: number;
        utilization: number;
      }[];
      change: number;
      fabric: string;
      kinds: {
        bandwidth_share: number;
        bytes_per_accelerator: number;
        classes: number;
        flows: number;
        kind: string;
        pattern: string;
        ranks: number;
        ranks_per_domain: number;
        slower_beside_others: number;
        term_closed_s: number;
        term_s: number;
      }[];
      model: string;
      routing: string;
      solve_s: number;
      step_time_closed_s: number;
      tiers: {
        bytes: number;
        links: number;
        mean_utilization: number;
        most_utilization: number;
        tier: number;
      }[];
    };
    plan: {
      cp: number;
      cuda_graph: boolean;
      dp: number;
      ep: number;
      etp: number;
      first_layers: number;
      flash_attention: boolean;
      last_layers: number;
      micro_batch: number;
      offload_activations: boolean;
      offload_optimizer: boolean;
      pp: number;
      precision: string;
      recompute: string;
      schedule: string;
      sequence_parallel: boolean;
      shard_group: number;
      text: string;
      tp: number;
      vpp: number;
      zero: number;
    };
    step_time_s: number;
    system: string;
    time: {
      [k: string]: number;
    };
    tokens_per_s_per_gpu: number;
    usd_per_gpu_hour: number;
  };
  "POST /api/step/command": {
    gigawatt: string;
    megatron: string;
    nemo: string;
    torchtitan: string;
  };
  "POST /api/step/neighbors": {
    neighbors: {
      change: string;
      fits: boolean;
      memory_gb: null | number;
      mfu: null | number;
      plan: {
        cp: number;
        cuda_graph: boolean;
        dp: number;
        ep: number;
        etp: number;
        first_layers: number;
        flash_attention: boolean;
        last_layers: number;
        micro_batch: number;
        offload_activations: boolean;
        offload_optimizer: boolean;
        pp: number;
        precision: string;
        recompute: string;
        schedule: string;
        sequence_parallel: boolean;
        shard_group: number;
        text: string;
        tp: number;
        vpp: number;
        zero: number;
      };
      slower_by?: string;
      step_time_s: null | number;
      why_not?: string;
    }[];
  };
  "POST /api/step/trace": {
    displayTimeUnit: string;
    traceEvents: {
      args?: {
        [k: string]: number | string;
      };
      cat?: string;
      dur?: number;
      name: string;
      ph: string;
      pid: number;
      tid?: number;
      ts?: number;
    }[];
  };
  "POST /api/validate": {
    facts?: {
      computed: number;
      inputs: number;
      median_abs_pct: number;
      not_computed: number;
      p90_abs_pct: number;
      rows: number;
      rows_out: {
        computed: null | number;
        how?: string;
        id: string;
        input?: boolean;
        published: number;
        quantity: string;
        ratio: null | number;
        subject: string;
        topic: string;
        unit: string;
        why?: string;
      }[];
      texts: number;
      within_15_pct: number;
    };
    groups?: {
      bias_pct: number;
      by: string;
      median_abs_pct: number;
      n: number;
      p90_abs_pct: number;
      value: string;
    }[];
    level_a?: {
      interval_coverage_80: number;
      macro_median_abs_pct: number;
      median_abs_pct: number;
      p90_abs_pct: number;
      rows: number;
      within_10_pct: number;
    };
    memory?: {
      fit_recall: number;
      fit_rows: number;
      measured_rows: number;
      median_abs_pct: number;
      oom_recall: number;
      oom_rows: number;
    };
    overall?: {
      interval_coverage_80: number;
      macro_median_abs_pct: number;
      median_abs_pct: number;
      p90_abs_pct: number;
      rows: number;
      within_10_pct: number;
    };
    predicted?: number;
    ranking?: {
      chosen_within_3_pct: number;
      groups: number;
      least_spearman: number;
      median_regret_pct: number;
      median_spearman: number;
      plans: number;
      source: string;
      worst_regret_pct: number;
    }[];
    rows?: number;
    rows_out?: {
      error_pct: number;
      high_s: number;
      id: string;
      level: string;
      low_s: number;
      measured_s: number;
      predicted_s: number;
      source: string;
    }[];
    scaling?: {
      kind: string;
      median_abs_pct: number;
      p90_abs_pct: number;
      pairs: number;
      series: number;
      source: string;
    }[];
    skipped?: {
      id: string;
      why: string;
    }[];
    worst?: {
      error_pct: number;
      high_s: number;
      id: string;
      level: string;
      low_s: number;
      measured_s: number;
      predicted_s: number;
      source: string;
      time: {
        [k: string]: number;
      };
    }[];
  };
}
