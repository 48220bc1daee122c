"""Collect the plain texts for training and for evaluation.

Run once from a folder that holds corpus/ (books, speeches, technical documents, World Factbook pages, short stories,
fairy tales, SQuALITY stories, code). Writes books.txt, misc.txt, code.txt for training and books_eval.txt,
code_eval.txt, held out, documents separated by a line with a NUL. clean() and clean_code() define the form of the
text that the model knows: runs of newlines are one newline.

    python prepare_text.py
"""
import os,re,random,json,glob
random.seed(1)
def clean(t):
    t=t.replace('\r','').replace('\t','    ')
    t=re.sub(r'[ ]*\n\s*\n*','\n',t) 
    return t.strip()
def clean_code(t):
    t=t.replace('\r','').replace('\t','    ')
    t=re.sub(r'[ ]+\n','\n',t); t=re.sub(r'\n{2,}','\n',t)
    return t.strip()
C='corpus/'
books=[]
for r,_,fs in os.walk(C+'gutenberg/train'):
    for f in sorted(fs): books.append(os.path.join(r,f))
books.sort(); random.shuffle(books)
tot=0; out=[]
for b in books:
    s=os.path.getsize(b)
    t=clean(open(b,encoding='utf8',errors='replace').read())
    if len(t)>700000:
        o=random.randrange(len(t)-700000); t=t[o:o+700000]
    if len(t)<20000: continue
    out.append(t); tot+=len(t)
    if tot>112e6: break
open('books.txt','w').write('\n\x00\n'.join(out)); print('books',len(out),tot)
misc=[]
for f in glob.glob(C+'us_speeches/*/*'): 
    if os.path.isfile(f) and f.endswith('.txt'): misc.append(clean(open(f,encoding='utf8',errors='replace').read()))
for r,_,fs in os.walk(C+'tech_docs'):
    for f in fs:
        if f.endswith(('.md','.rst','.txt')): misc.append(clean_code(open(os.path.join(r,f),encoding='utf8',errors='replace').read()))
for f in sorted(glob.glob(C+'factbook/docs/*'))[::1]: misc.append(clean(open(f,encoding='utf8').read())[:30000])
for l in open(C+'simple_stories/stories.jsonl'):
    d=json.loads(l); 
    x=d.get('text') or d.get('body') or ''
    misc.append(clean(x if isinstance(x,str) else '\n'.join(x)))
for l in open(C+'fairytaleqa/train.jsonl'):
    d=json.loads(l); misc.append(clean('\n'.join(d['sections'])))
for l in open(C+'squality/train.jsonl'):
    d=json.loads(l); x=d.get('document') or d.get('text') or ''
    misc.append(clean(x))
misc=[m for m in misc if len(m)>300]; random.shuffle(misc)
print('misc',len(misc),sum(map(len,misc)))
open('misc.txt','w').write('\n\x00\n'.join(misc))
def code(d):
    o=[]
    for r,_,fs in os.walk(d):
        for f in fs:
            if f.endswith(('.c','.h','.py','.lua','.js','.cpp')): 
                o.append(clean_code(open(os.path.join(r,f),encoding='utf8',errors='replace').read())[:120000])
    o=[x for x in o if len(x)>500]; random.shuffle(o); return o
c=code(C+'code_train'); print('code',len(c),sum(map(len,c))); open('code.txt','w').write('\n\x00\n'.join(c))
c=code(C+'code_eval'); print('codee',len(c),sum(map(len,c))); open('code_eval.txt','w').write('\n\x00\n'.join(c))
e=[clean(open(f,encoding='utf8').read()) for f in sorted(glob.glob(C+'eval_books/*.txt'))]
print('eval',len(e),sum(map(len,e))); open('books_eval.txt','w').write('\n\x00\n'.join(e))
