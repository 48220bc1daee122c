"""Measure a checkpoint: exact match of whole answers per family and length, held-out names and held-out wordings.

Needs data/ as pack.py and prepare_babi.py leave it. Answers are checked with the right answer's tokens fed in (every
token must be the most likely one), which is exact match under greedy decoding.

    python evaluate.py --data data --ckpt ckpt2/final.safetensors --out eval.json
"""
import os,sys,time,json,argparse,numpy as np, multiprocessing as mp
import train as T, gen
from train import *
def build(task):
    kind,S,seed,extra=task
    nz={'books':NZ['eval_books'],'code':NZ['eval_code']}
    g=gen.Gen(os.path.join(DD,'tokenizer.model'),nz,'eval',seed=seed,held_tmpl=(extra=='held')); g.nw=dict(books=.9,code=.1); g.babi=None
    if os.environ.get('REG','names')=='names': g.hold={'first','last','obj','adj','attr'}
    co,C=cols(S); a=np.zeros((B,C),np.int16)
    if kind=='fam':
        nf={1:(3,6),2:(4,10)}.get(S,(8,20))
        for b in range(B):
            for _ in range(5):
                try: make_doc(g,S,dict(nf=nf,pun=.1,ns=0),a[b],co); break
                except (AssertionError,ValueError): pass
    else:
        D=load_babi(DD,'babi_test.json.xz')[extra]; g.r.shuffle(D)
        D=[x for x in D if sum(len(f) for f in x[0])/3.2<S*SEG*.8]
        for b in range(B):
            F,qs,fam,_=D[(seed*B+b)%len(D)]; q,an=qs[0]; row=a[b]
            d,_,_=g.scatter(F,S*SEG,0,kind='books'); row[:S*SEG]=d
            x,y=g.qa_tokens(q,an)
            row[co['stgt'][0]:co['stgt'][1]]=-1; o=co['short'][0]; t=(x+y)[:FS]; row[o:o+len(t)]=t
            row[co['sidx'][0]:co['sidx'][0]+len(y)]=np.arange(len(x)-1,len(x)-1+len(y)); row[co['stgt'][0]:co['stgt'][0]+len(y)]=y
            row[co['sfam'][0]]=fam
    return task,a
def main():
    global NZ,DD
    ap=argparse.ArgumentParser(); ap.add_argument('--data',default='data');ap.add_argument('--ckpt',required=True);ap.add_argument('--out',default='eval.json');ap.add_argument('--limit',type=float,default=100)
    ap.add_argument('--lens',default='1,2,4,8,16,32,64,128,512');ap.add_argument('--sets',type=int,default=4);ap.add_argument('--cpu',action='store_true'); ap.add_argument('--babi',default='qa1:2,qa2:2,qa3:1,qa4:1,qa5:1'); ap.add_argument('--quick',action='store_true')
    a=ap.parse_args(); T0=time.time(); DD=a.data
    NZ=gen.load_noise(DD,('eval_books','eval_code'))
    L=[int(x) for x in a.lens.split(',')]
    BL=[16,64,256,512] if not a.quick else [16]
    tasks=[('fam',S,9000+i*37+S,'std') for i in range(a.sets) for S in L]
    if not a.quick: tasks+=[('fam',S,7000+i*37+S,'held') for i in range(2) for S in (1,4,16,64,512)]
    tasks+=[('babi',S,i,q.split(':')[0]) for q in a.babi.split(',') if q for i in range(int(q.split(':')[1])) for S in (BL if q[:3] in('qa1','qa2') else BL[:2])]
    tasks.sort(key=lambda t:t[1]); 
    if not a.quick: tasks+=[('fam32',16,9000+16,'std'),('nomem',4,9000+4,'std'),('fam32',128,9000+128,'std')]
    pool=mp.get_context('fork').Pool(2 if a.cpu else 14)
    it=pool.imap(build,[(('fam',)+t[1:] if t[0] in('fam32','nomem') else t) for t in tasks])
    import torch,torch.nn.functional as F,model as m
    dev='cpu' if a.cpu else 'cuda'; c=m.Cfg(); P0={k:v.to(dev) for k,v in m.from_named(m.st_load(a.ckpt),c).items()}
    if not a.cpu: torch.backends.cuda.enable_cudnn_sdp(False)
    sp=gen.spm.SentencePieceProcessor(model_file=os.path.join(DD,'tokenizer.model'))
    tabs={}
    def fwd(S,arr,dt,nomem=False):
        P=P0; co,C=cols(S); buf=torch.from_numpy(arr).to(dev); Bn=len(arr)
        if (dt) not in tabs: tabs[dt]={t:m.rope_tab(c,t,dev,dt) for t in (SEG+M,FS,FL)}
        tb=tabs[dt]
        Wt={k:(P[k].to(dt) if k not in('mk','mv','mb','mbb') else P[k]) for k in P}
        LW=[[Wt[k][l] for k in('ln1','wqkv','wo','ln2','wgu','wd','mq')] for l in range(c.L)]; MW=[[Wt[k][l] for k in('mk','mv','mb','mbb')] for l in range(c.L)]
        A=[torch.zeros(Bn,6*c.dm,c.d,device=dev)]*c.L; z=[torch.zeros(Bn,6*c.dm,device=dev)]*c.L
        for s in range(S):
            x=torch.cat([Wt['emb'][buf[:,s*SEG:(s+1)*SEG].long()],Wt['mem'].expand(Bn,-1,-1)],1).unsqueeze(1); f=torch.tensor(1.0 if s==0 else 0.0,device=dev)
            for l in range(c.L):
                x=m.block(x,A[l],z[l],*LW[l],*tb[SEG+M]); A[l],z[l]=m.write(x[:,0,-M:],A[l],z[l],f,*MW[l])
        if nomem: A=[torch.zeros_like(t) for t in A]; z=[torch.zeros_like(t) for t in z]
        ids={k:buf[:,co[k][0]:co[k][1]].long() for k in co if k!='seg'}
        x=Wt['emb'][ids['short']].view(Bn,QS,FS,c.d)
        for l in range(c.L): x=m.block(x,A[l],z[l],*LW[l],*tb[FS])
        lg=m.rms(torch.gather(x,2,ids['sidx'].view(Bn,QS,KA,1).expand(-1,-1,-1,c.d)),Wt['norm'])@Wt['emb'].t()
        t=ids['stgt'].view(Bn,QS,KA); v=t>=0; pr=lg.argmax(-1); cor=((pr==t)|~v).all(-1)
        x=Wt['emb'][ids['long']].view(Bn,1,FL,c.d)
        for l in range(c.L): x=m.block(x,A[l],z[l],*LW[l],*tb[FL])
        p2=(m.rms(x[:,0,:-1],Wt['norm'])@Wt['emb'].t()).argmax(-1); cd=ids['lcode'][:,:-1]; t2=ids['long'][:,1:]
        c2=((p2==t2)|(cd!=2)).all(-1); v2=(cd==2).any(-1)
        return [q.cpu().numpy() for q in (cor,v.any(-1),ids['sfam'].view(Bn,QS),c2,v2,ids['lfam'][:,0],pr,t,ids['short'].view(Bn,QS,FS))]
    res={};ex=[];ztr={}
    with torch.no_grad():
        for task,(_,arr) in zip(tasks,it):
            kind,S,seed,extra=task
            if time.time()-T0>a.limit: print('time limit, stopped before',task); break
            o=fwd(S,arr,torch.float32 if (a.cpu or kind=='fam32') else torch.bfloat16,kind=='nomem')
            cell=res.setdefault({'fam':'std' if extra=='std' else 'held','babi':'babi_'+extra,'fam32':'std_fp32','nomem':'memory_zeroed'}[kind],{}).setdefault(str(S),{})
            for c_,v_,f_ in zip(o[0].ravel(),o[1].ravel(),o[2].ravel()):
                if v_: e=cell.setdefault(FN[f_],[0,0]); e[0]+=int(c_); e[1]+=1
            if kind!='babi':
                for c_,v_,f_ in zip(o[3],o[4],o[5]):
                    if v_:
                        for k in (('fact_in_tail',) if f_==9 else ('long_tail_question',)): e=cell.setdefault(k,[0,0]); e[0]+=int(c_); e[1]+=1
            if S in (16,128,512) and kind!='nomem' and sum(1 for e in ex if e[0]==S)<40:
                for b in range(min(6,len(arr))):
                    for j in range(QS):
                        tt=o[7][b,j]; n=(tt>=0).sum()
                        if n: 
                            q=o[8][b,j].tolist(); q=q[q.index(3 if 3 in q else 4)+1:]; q=q[:q.index(4)] if 4 in q else q
                            ex.append((S,extra,FN[o[2][b,j]],sp.decode([int(x) for x in q]),sp.decode([int(x) for x in tt[:n-1]]),sp.decode([int(x) for x in o[6][b,j][:n] if x not in(2,)]),bool(o[0][b,j])))
    out={}
    for k in res:
        out[k]={}
        for S in res[k]:
            d=res[k][S]; ans=[d[f] for f in d if f in FN[:8]]
            tot=[sum(x[0] for x in ans),sum(x[1] for x in ans)]
            out[k][S]={**{f:dict(acc=round(d[f][0]/d[f][1],4),n=d[f][1]) for f in sorted(d)},'all_answerable':dict(acc=round(tot[0]/max(1,tot[1]),4),n=tot[1])}
        print(k); fs=FN[:9]+['long_tail_question','fact_in_tail','all_answerable']
        for S in sorted(out[k],key=int): print('  S=%4s '%S+' '.join('%s %.2f(%d)'%(f[:9],out[k][S][f]['acc'],out[k][S][f]['n']) for f in fs if f in out[k][S]),flush=True)
    json.dump(dict(results=out,examples=ex,seconds=round(time.time()-T0,1)),open(a.out,'w'),indent=0)
    print('eval seconds %.1f'%(time.time()-T0)); pool.terminate()
FN=gen.FAMS
if __name__=='__main__': main()
