import { inspectTape } from '../apps/sim-venue/src/market/replay/inspect-tape.js';
import { TapePlayer } from '../apps/sim-venue/src/market/replay/tape-player.js';
import { testExchange } from '../apps/sim-venue/src/exchange/test-exchange.js';
for (const x of ['spot','usdm']) for(let i=0;i<6;i++){
 const v=testExchange('BTCUSDT'); const specs=new Map([...v.exchange.markets].map(([n,m])=>[n,m.spec]));
 const t=performance.now(); const s=await inspectTape(`/work/shared/data/market/binance-${x}-btcusdt-20240808.gz`,specs,null); const t2=performance.now();
 const p=await TapePlayer.open(v.exchange,v.market,s,{speed:Infinity,end:'hold',queue:'prorata',time:'manual'},{monotonic:()=>performance.now(),onProblem:(e)=>{throw e}});
 const t3=performance.now(); const n=await p.step(1e9); const t4=performance.now();
 if(i==5) console.log(p.describe(), v.market.top(), v.market.book.count('BUY'), v.market.book.count('SELL'));
 console.log('inspect',(t2-t).toFixed(0),'open',(t3-t2).toFixed(0),'play',n,(t4-t3).toFixed(0),(n/(t4-t3)*1000).toFixed(0)+'/s', 'rss', (process.memoryUsage().rss/1e6).toFixed(0)); v.market.book.assertInvariants();
}
